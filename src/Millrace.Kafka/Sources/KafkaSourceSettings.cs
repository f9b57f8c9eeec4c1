using System.Text.RegularExpressions;
using Millrace.Connectors;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>What a <see cref="KafkaSource{T}"/> was built with. Immutable.</summary>
internal sealed record KafkaSourceSettings<T>
{
    internal required IReadOnlyDictionary<string, string> Properties { get; init; }

    internal required IReadOnlyList<string> Topics { get; init; }

    internal Regex? Pattern { get; init; }

    /// <summary>The pattern as the user wrote it.</summary>
    internal string? PatternText { get; init; }

    /// <summary>What is wrong with it; <see langword="null"/> = nothing.</summary>
    internal string? PatternError { get; init; }

    internal string? GroupId { get; init; }

    internal OffsetsInitializer Starting { get; init; } = OffsetsInitializer.Earliest();

    internal OffsetsInitializer? Bounded { get; init; }

    internal KafkaIsolationLevel IsolationLevel { get; init; }

    internal TimeSpan? DiscoveryInterval { get; init; }

    internal bool CommitOffsets { get; init; }

    internal DeserializationErrorPolicy ErrorPolicy { get; init; } = DeserializationErrorPolicy.Fail;

    internal bool StartsAnewOnRecreatedTopics { get; init; }

    internal bool ContinuesOnTruncatedLogs { get; init; }

    internal TimeSpan RequestTimeout { get; init; }

    /// <summary>How long a topic that a broker does not know may be new.</summary>
    internal TimeSpan TopicPatience => NewTopics.Patience(Properties);

    internal int MaxPollRecords { get; init; }

    internal IDeserializationSchema<T>? ValueSchema { get; init; }

    internal IKafkaDeserializationSchema<T>? MessageSchema { get; init; }

    /// <summary>Whether the user lets the job go on where the broker no longer has its position.</summary>
    internal bool AcceptsGaps => Properties.TryGetValue("auto.offset.reset", out string? reset) && reset is not ("error" or "none");

    /// <summary>The properties of a task's consumer.</summary>
    internal Dictionary<string, string> ConsumerProperties(ConnectorContext context, string role)
    {
        Dictionary<string, string> all = Defaults();
        foreach ((string name, string value) in Properties)
        {
            all[name] = value;
        }
        all.TryAdd(ConnectionProperties.ClientId, $"{context.JobName}-{context.OperatorUid}-{role}");

        // librdkafka wants a group even where nothing is ever committed to it.
        all[ConnectionProperties.GroupId] = GroupId ?? $"millrace-{context.JobName}-{context.OperatorUid}";
        all["enable.auto.commit"] = "false";
        all["enable.auto.offset.store"] = "false";
        all["enable.partition.eof"] = Bounded is null ? "false" : "true";
        all["isolation.level"] = IsolationLevel is KafkaIsolationLevel.ReadCommitted ? "read_committed" : "read_uncommitted";
        return all;
    }

    /// <summary>The properties of the producer of dead letters.</summary>
    internal Dictionary<string, string> DeadLetterProperties(ConnectorContext context)
    {
        Dictionary<string, string> all = ConnectionProperties.OfConnection(Properties);
        all.TryAdd(ConnectionProperties.ClientId, $"{context.JobName}-{context.OperatorUid}-{context.TaskIndex}-dead-letters");
        all["enable.idempotence"] = "true";

        // As much as librdkafka takes: what could be read can be written, unless the topic says otherwise.
        all["message.max.bytes"] = "1000000000";
        foreach ((string name, string value) in ErrorPolicy.DeadLetters.ProducerProperties)
        {
            all[name] = value;
        }
        return all;
    }

    private Dictionary<string, string> Defaults()
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            // A position that the broker no longer has is an error unless the user accepts the gap: librdkafka's default would skip to the
            // end.
            ["auto.offset.reset"] = "error",
            ["log.connection.close"] = "false",
            ["queued.min.messages"] = "200000",
        };

        // The end of a partition is only told by an empty answer, and that is what a bounded source waits for.
        if (Bounded is not null)
        {
            all["fetch.wait.max.ms"] = "50";
        }

        // The default of a second stalls a quick reader each time its queue has been full. The property is younger than 2.0.2.
        if (NativeMethods.rd_kafka_version() >= 0x02020000)
        {
            all["fetch.queue.backoff.ms"] = "10";
        }
        return all;
    }
}
