namespace Millrace.DevBroker.Handlers;

/// <summary>What configs belong to, with Kafka's numbers.</summary>
internal static class ConfigResource
{
    public const sbyte Topic = 2;
    public const sbyte Broker = 4;
}
