using System.Globalization;
using Millrace.Connectors;

namespace Millrace.Kafka.Sinks;

/// <summary>What a <see cref="KafkaSink{T}"/> was built with. Immutable.</summary>
internal sealed record KafkaSinkSettings<T>
{
    internal required IReadOnlyDictionary<string, string> Properties { get; init; }

    internal string? Topic { get; init; }

    internal bool ChoosesTopic { get; init; }

    internal IKafkaSerializationSchema<T>? Schema { get; init; }

    internal KafkaPartitioner<T>? Partitioner { get; init; }

    internal DeliveryGuarantee Guarantee { get; init; }

    internal string? TransactionalIdPrefix { get; init; }

    internal TimeSpan TransactionTimeout { get; init; }

    internal TimeSpan FlushTimeout { get; init; }

    internal bool IgnoreLostTransactions { get; init; }

    internal Dictionary<string, string> ProducerProperties(ConnectorContext context, string? transactionalId)
    {
        Dictionary<string, string> all = new(StringComparer.Ordinal)
        {
            // As Java's client chooses partitions, so that keys stay together whoever writes them.
            ["partitioner"] = "murmur2_random",
            ["log.connection.close"] = "false",
            ["queue.buffering.max.messages"] = "500000",
            ["queue.buffering.max.kbytes"] = "131072",
        };
        if (Guarantee is not DeliveryGuarantee.BestEffort)
        {
            all["enable.idempotence"] = "true";
        }

        if (transactionalId is not null)
        {
            all["statistics.interval.ms"] = "200";
        }

        foreach ((string name, string value) in Properties)
        {
            all[name] = value;
        }

        all.TryAdd(ConnectionProperties.ClientId, $"{context.JobName}-{context.OperatorUid}-{context.TaskIndex}");
        if (transactionalId is not null)
        {
            all["transactional.id"] = transactionalId;
            all["transaction.timeout.ms"] = TransactionTimeout.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);
        }

        return all;
    }
}
