using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>Keeps the positions of pending checkpoints and publishes those of a completed one as the group's offsets.</summary>
internal sealed class OffsetPublisher
{
    private readonly SortedDictionary<long, (KafkaTopicPartition Partition, long Offset)[]> _pending = [];

    internal void Remember(long checkpointId, IEnumerable<SplitState> splits) =>
        _pending[checkpointId] = [.. splits.Where(split => split.Position >= 0).Select(split => (split.Partition, split.Position))];

    internal void Publish(RawConsumer consumer, long checkpointId)
    {
        _pending.TryGetValue(checkpointId, out (KafkaTopicPartition Partition, long Offset)[]? offsets);

        // Checkpoints that were overtaken will never complete.
        foreach (long id in _pending.Keys.TakeWhile(id => id <= checkpointId).ToArray())
        {
            _pending.Remove(id);
        }

        if (offsets is null || offsets.Length == 0)
        {
            return;
        }

        using TopicPartitionList list = TopicPartitionList.Create(offsets.Length);
        foreach ((KafkaTopicPartition partition, long offset) in offsets)
        {
            list.Add(partition.Topic, partition.Partition, offset);
        }

        consumer.Commit(list, wait: false);
    }
}
