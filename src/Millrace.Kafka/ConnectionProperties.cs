namespace Millrace.Kafka;

/// <summary>librdkafka's properties: what users give, and what is common to all clients.</summary>
internal static class ConnectionProperties
{
    internal const string BootstrapServers = "bootstrap.servers";
    internal const string ClientId = "client.id";
    internal const string GroupId = "group.id";

    private const string Scheme = "kafka:";
    private const string At = " at ";

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

    internal static string? Servers(IReadOnlyDictionary<string, string> properties) =>
        properties.TryGetValue(BootstrapServers, out string? servers) || properties.TryGetValue("metadata.broker.list", out servers)
            ? servers
            : null;

    /// <summary>
    /// How a topic is named among a job's resources: with its cluster, so that mirroring a topic to another cluster is no loop.
    /// </summary>
    internal static string Resource(IReadOnlyDictionary<string, string> properties, string topic)
    {
        string[] servers = Split(Servers(properties));
        Array.Sort(servers, StringComparer.Ordinal);
        return $"{Scheme}{topic}{At}{string.Join(',', servers)}";
    }

    /// <summary>The topic that a resource is, if it is one of this cluster: clusters that share a bootstrap server are one.</summary>
    internal static bool TryReadResource(IReadOnlyDictionary<string, string> properties, string resource, out string topic)
    {
        topic = "";
        int at = resource.LastIndexOf(At, StringComparison.Ordinal);
        if (at < 0 || !resource.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        topic = resource[Scheme.Length..at];
        return Split(resource[(at + At.Length)..]).Intersect(Split(Servers(properties)), StringComparer.OrdinalIgnoreCase).Any();
    }

    private static string[] Split(string? servers) =>
        (servers ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
