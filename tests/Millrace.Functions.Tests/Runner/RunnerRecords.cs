using Confluent.Kafka;
using Microsoft.Azure.Functions.Worker;

namespace Millrace.Functions.Tests.Runner;

/// <summary>Records as the trigger's binding gives them.</summary>
internal static class RunnerRecords
{
    public static KafkaRecord Convert(ConsumeResult<byte[]?, byte[]?> result) =>
        new()
        {
            Topic = result.Topic,
            Partition = result.Partition.Value,
            Offset = result.Offset.Value,
            Key = result.Message.Key!,
            Value = result.Message.Value!,
            Timestamp = new KafkaTimestamp
            {
                UnixTimestampMs = result.Message.Timestamp.UnixTimestampMs,
                Type = KafkaTimestampType.CreateTime,
            },
            Headers = [.. result.Message.Headers.Select(header => new KafkaHeader { Key = header.Key, Value = header.GetValueBytes() })],
        };
}
