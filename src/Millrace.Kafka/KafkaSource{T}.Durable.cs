using Millrace.Connectors;
using Millrace.Kafka.Durable;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka;

/// <content>What a trigger-driven host needs.</content>
public sealed partial class KafkaSource<T>
{
    /// <inheritdoc/>
    public string? GroupId => Settings.GroupId;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ClientProperties => Settings.Properties;

    /// <inheritdoc/>
    public IRawRecordReader<T> CreateRawReader(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaRawReader<T>(Settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    /// <inheritdoc/>
    public IRawTopicReader CreateTopicReader(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return new KafkaTopicReader<T>(Settings, context, context.LoggerFactory.CreateLogger("Millrace.Kafka.Source"));
    }

    /// <inheritdoc/>
    public SourceSplit SplitAt(RawPosition position) =>
        new KafkaSplit(
            new KafkaTopicPartition(position.Topic, position.Partition),
            position.Offset < 0 ? LogicalOffset.Beginning : position.Offset,
            position.Stop
        )
        {
            TopicId = position.TopicId,
        }.ToSourceSplit();

    /// <inheritdoc/>
    public RawPosition PositionOf(SourceSplit split)
    {
        ArgumentNullException.ThrowIfNull(split);
        KafkaSplit known = KafkaSplit.From(split);
        return known.ToPosition();
    }
}
