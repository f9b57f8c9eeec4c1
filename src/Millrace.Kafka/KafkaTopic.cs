using Millrace.Connectors;

namespace Millrace.Kafka;

/// <summary>Names topics of Kafka clusters as <see cref="KafkaSource{T}"/> and <see cref="KafkaSink{T}"/> do.</summary>
public static class KafkaTopic
{
    internal const string Connector = "kafka";

    /// <summary>
    /// A topic with its cluster, so that mirroring a topic to another cluster is no loop: <c>kafka:orders at host-a:9092,host-b:9092</c>.
    /// </summary>
    /// <param name="bootstrapServers">The cluster, as in <c>bootstrap.servers</c>, in any order.</param>
    /// <param name="name">Name of the topic.</param>
    public static Topic Of(string bootstrapServers, string name)
    {
        ArgumentNullException.ThrowIfNull(bootstrapServers);
        ArgumentNullException.ThrowIfNull(name);
        string[] servers = ConnectionProperties.Split(bootstrapServers);
        Array.Sort(servers, StringComparer.Ordinal);
        return new Topic(Connector, name, string.Join(',', servers));
    }

    internal static Topic Of(IReadOnlyDictionary<string, string> properties, string name) =>
        Of(ConnectionProperties.Servers(properties) ?? "", name);

    /// <summary>Whether a topic is one of a cluster: clusters that share a bootstrap server are one.</summary>
    internal static bool IsOf(IReadOnlyDictionary<string, string> properties, Topic topic) =>
        string.Equals(topic.Connector, Connector, StringComparison.Ordinal)
        && ConnectionProperties
            .Split(topic.Cluster)
            .Intersect(ConnectionProperties.Split(ConnectionProperties.Servers(properties)), StringComparer.OrdinalIgnoreCase)
            .Any();
}
