namespace Millrace.Kafka;

/// <summary>librdkafka's properties: what users give, and what is common to all clients.</summary>
internal static class ConnectionProperties
{
    internal const string BootstrapServers = "bootstrap.servers";
    internal const string ClientId = "client.id";
    internal const string GroupId = "group.id";

    // Java's client properties that mean nothing to librdkafka: schemas and callbacks are given as objects here.
    private static readonly string[] JavaOnly =
    [
        "key.deserializer",
        "value.deserializer",
        "key.serializer",
        "value.serializer",
        "zookeeper.connect",
    ];

    private static readonly string[] Common =
    [
        "bootstrap.servers",
        "metadata.broker.list",
        "security.",
        "sasl.",
        "ssl.",
        "enable.ssl.",
        "enable.sasl.",
        "https.",
        "client.",
        "socket.",
        "broker.",
        "reconnect.",
        "debug",
        "log",
    ];

    internal static bool IsJavaOnly(string name) => Array.IndexOf(JavaOnly, name) >= 0;

    /// <summary>Those that say how to reach the cluster, whatever the client does there.</summary>
    internal static Dictionary<string, string> OfConnection(IReadOnlyDictionary<string, string> properties)
    {
        Dictionary<string, string> connection = new(StringComparer.Ordinal);
        foreach ((string name, string value) in properties)
        {
            if (Array.Exists(Common, prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            {
                connection[name] = value;
            }
        }

        return connection;
    }

    /// <summary>
    /// What asks brokers for less than all acknowledgements, by either name of the property; <see langword="null"/> = nothing.
    /// </summary>
    internal static string? WeakAcks(IReadOnlyDictionary<string, string> properties) =>
        ((string[])["acks", "request.required.acks"])
            .Where(name => properties.TryGetValue(name, out string? acks) && acks is not ("all" or "-1"))
            .Select(name => $"{name} = {properties[name]}")
            .FirstOrDefault();

    internal static string? Servers(IReadOnlyDictionary<string, string> properties) =>
        (properties.TryGetValue(BootstrapServers, out string? servers) || properties.TryGetValue("metadata.broker.list", out servers))
        && !string.IsNullOrWhiteSpace(servers)
            ? servers
            : null;

    internal static string[] Split(string? servers) =>
        (servers ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
