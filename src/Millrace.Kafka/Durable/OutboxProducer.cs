using System.Text;
using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;

namespace Millrace.Kafka.Durable;

/// <summary>
/// Hands encoded records to a producer, each with its id in the header <c>millrace-id</c>, in the place of any that it brings: a letter has
/// the headers of its original.
/// </summary>
internal static class OutboxProducer
{
    internal static void Produce(
        RawProducer producer,
        in DurableSinkRecord record,
        IReadOnlyDictionary<string, string> properties,
        ConnectorContext context,
        CancellationToken cancellationToken
    )
    {
        EncodedRecord encoded = new(record.Data.Span);
        if (string.IsNullOrEmpty(encoded.Topic))
        {
            throw new InvalidOperationException(
                $"Kafka sink '{context.OperatorUid}': a record has no topic. Set one with .SetTopic(...), or have the topic selector or "
                    + "schema name it."
            );
        }

        ProducerTopic topic = producer.Topic(encoded.Topic);
        LoopGuard.Check(topic, properties, context);
        using NativeHeaders headers = new();
        for (int i = 0; i < encoded.HeaderCount; i++)
        {
            encoded.ReadHeader(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out bool isNull);
            if (!name.SequenceEqual(RecordId.HeaderUtf8))
            {
                headers.Add(name, value, isNull);
            }
        }

        headers.Add(RecordId.HeaderUtf8, Encoding.UTF8.GetBytes(record.Id));
        producer.Produce(
            topic,
            encoded.Partition,
            encoded.Key,
            encoded.HasKey,
            encoded.Value,
            encoded.IsTombstone,
            encoded.Timestamp,
            headers.Detach(),
            cancellationToken
        );
        context.Metrics.AddBytes(encoded.Key.Length + encoded.Value.Length);
    }
}
