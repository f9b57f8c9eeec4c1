using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>
/// A test against Azurite that stops a broker; skipped, with the reason, where Azurite cannot run or an outside broker is given.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OwnBrokerAzuriteFactAttribute : FactAttribute
{
    public OwnBrokerAzuriteFactAttribute() => Skip = OutsideBroker.ReasonAgainstOwn ?? AzuriteFixture.UnavailableReason;
}
