using Microsoft.Extensions.Logging;
using Millrace.Connectors;
using Millrace.Kafka.Durable;
using Millrace.Serialization;

namespace Millrace.Kafka;

/// <content>What a trigger-driven host needs.</content>
public sealed partial class KafkaSink<T>
{
    private const string PartitionerError =
        "KafkaSink has a partitioner, which needs the topic's number of partitions while a record is encoded, and a trigger-driven host "
        + "encodes before it is connected; "
        + "set KafkaProducerRecord.Partition in the record serializer, or let the key choose.";

    [ThreadStatic]
    private static KafkaProducerRecord? _scratch;

    /// <inheritdoc/>
    DurableSinkGuarantee IDurableSink.Guarantee =>
        Settings.Guarantee switch
        {
            DeliveryGuarantee.ExactlyOnce => DurableSinkGuarantee.ExactlyOnce,
            DeliveryGuarantee.BestEffort => DurableSinkGuarantee.BestEffort,
            _ => DurableSinkGuarantee.AtLeastOnce,
        };

    /// <inheritdoc/>
    public void Encode(T value, long timestamp, DataWriter output)
    {
        ArgumentNullException.ThrowIfNull(output);
        if (Settings.Partitioner is not null)
        {
            ThrowPartitioner();
        }

        KafkaProducerRecord record = _scratch ??= new KafkaProducerRecord();
        record.Reset(Settings.Topic, Math.Max(timestamp, 0));
        Settings.Schema!.Serialize(value, record);
        record.EncodeTo(output);
    }

    /// <inheritdoc/>
    public IDurableSinkSender CreateSender(ConnectorContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (Settings.Partitioner is not null)
        {
            ThrowPartitioner();
        }

        ILogger logger = context.LoggerFactory.CreateLogger("Millrace.Kafka.Sink");
        return Settings.Guarantee is DeliveryGuarantee.ExactlyOnce
            ? new TransactionalSender<T>(Settings, context, logger)
            : new AcknowledgedSender<T>(Settings, context, logger);
    }

    /// <inheritdoc/>
    IReadOnlyCollection<string> IDurableSink.DurableErrors => Settings.Partitioner is null ? [] : [PartitionerError];

    private static void ThrowPartitioner() => throw new NotSupportedException(PartitionerError);
}
