using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>Looks up offsets for <see cref="OffsetsInitializer"/>s.</summary>
internal sealed class OffsetLookup(KafkaHandle client, TimeSpan timeout, TimeSpan patience, CancellationToken cancellationToken)
{
    internal long End(KafkaTopicPartition partition) =>
        NewTopics.Await(
            () => OffsetQueries.Watermarks(client, partition.Topic, partition.Partition, timeout).High,
            patience,
            cancellationToken
        );

    /// <summary>The group's offsets; <see langword="null"/> where it has none.</summary>
    internal long?[] Committed(IReadOnlyList<KafkaTopicPartition> partitions)
    {
        using TopicPartitionList list = List(partitions, LogicalOffset.Invalid);
        OffsetQueries.Committed(client, list, timeout);
        return Read(list);
    }

    /// <summary>Offsets of the first records at or after a time; <see langword="null"/> where there is none.</summary>
    internal long?[] ForTime(IReadOnlyList<KafkaTopicPartition> partitions, long unixMilliseconds) =>
        NewTopics.Await(
            () =>
            {
                using TopicPartitionList list = List(partitions, unixMilliseconds);
                OffsetQueries.ForTimes(client, list, timeout);
                return Read(list);
            },
            patience,
            cancellationToken
        );

    internal long Reset(OffsetResetStrategy strategy, KafkaTopicPartition partition, string why) =>
        strategy switch
        {
            OffsetResetStrategy.Earliest => LogicalOffset.Beginning,
            OffsetResetStrategy.Latest => End(partition),
            _ => throw new KafkaClientException(
                $"Partition {partition}: {why}. Give a reset strategy, such as OffsetResetStrategy.Earliest, or add the missing offset."
            )
            {
                SuppressesRestarts = true,
            },
        };

    private static TopicPartitionList List(IReadOnlyList<KafkaTopicPartition> partitions, long offset)
    {
        TopicPartitionList list = TopicPartitionList.Create(partitions.Count);
        foreach (KafkaTopicPartition partition in partitions)
        {
            list.Add(partition.Topic, partition.Partition, offset);
        }

        return list;
    }

    // librdkafka keeps the order of the list.
    private static long?[] Read(TopicPartitionList list)
    {
        long?[] offsets = new long?[list.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = list.Offset(i) >= 0 ? list.Offset(i) : null;
        }

        return offsets;
    }
}
