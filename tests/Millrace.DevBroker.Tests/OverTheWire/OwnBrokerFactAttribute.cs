namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>A test that kills or breaks the broker, and is skipped when that is not ours.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class OwnBrokerFactAttribute : FactAttribute
{
    public OwnBrokerFactAttribute()
    {
        if (BrokerUnderTest.External is { } servers)
        {
            Skip = $"It breaks the broker on purpose, which only ours lets a test do, but {BrokerUnderTest.Variable} names {servers}.";
        }
    }
}
