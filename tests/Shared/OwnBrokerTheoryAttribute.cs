using Xunit;

namespace Millrace.Tests.Shared;

/// <summary>A theory that stops, breaks or configures its broker; skipped, with the reason, where an outside broker is given.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnBrokerTheoryAttribute : TheoryAttribute
{
    public OwnBrokerTheoryAttribute() => Skip = OutsideBroker.ReasonAgainstOwn;
}
