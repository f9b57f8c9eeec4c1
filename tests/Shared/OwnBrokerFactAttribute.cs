using Xunit;

namespace Millrace.Tests.Shared;

/// <summary>A test that stops, breaks or configures its broker; skipped, with the reason, where an outside broker is given.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnBrokerFactAttribute : FactAttribute
{
    public OwnBrokerFactAttribute() => Skip = OutsideBroker.ReasonAgainstOwn;
}
