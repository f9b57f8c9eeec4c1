using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Kafka;

namespace Millrace.Embedded.Hosting;

/// <summary>Reads topics from given offsets to where they end now.</summary>
internal static class TopicReader
{
    /// <param name="session">The session.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="schema">What its records are.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyList<T>> ReadAsync<T>(
        HostSession session,
        string topic,
        IKafkaDeserializationSchema<T> schema,
        OffsetsInitializer from,
        CancellationToken cancellationToken
    )
    {
        StreamExecutionEnvironment env = session.NewEnvironment();
        env.Options.Parallelism = 1;
        env.Options.CheckpointInterval = null;
        env.CheckpointStore = new InMemoryObjectStore();
        CollectSink<T> records = new();
        env.FromSource(
                KafkaSource
                    .Builder<T>()
                    .SetProperties(session.Cluster.Properties)
                    .SetTopics(topic)
                    .SetStartingOffsets(from)
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(schema)
                    .Build()
            )
            .SinkTo(records);
        await env.ExecuteAsync("millrace-read-" + topic, cancellationToken);
        return records.Records;
    }
}
