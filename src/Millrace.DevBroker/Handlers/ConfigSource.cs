namespace Millrace.DevBroker.Handlers;

/// <summary>Where a config's value comes from, with Kafka's numbers.</summary>
internal static class ConfigSource
{
    public const sbyte Topic = 1;
    public const sbyte StaticBroker = 4;
    public const sbyte Default = 5;
}
