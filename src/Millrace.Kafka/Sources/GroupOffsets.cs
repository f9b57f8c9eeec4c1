namespace Millrace.Kafka.Sources;

/// <summary>A consumer group's committed offsets.</summary>
internal sealed class GroupOffsets(OffsetResetStrategy reset) : OffsetsInitializer
{
    internal override bool NeedsGroup => true;

    internal override long[] Resolve(IReadOnlyList<KafkaTopicPartition> partitions, OffsetLookup lookup)
    {
        long?[] committed = lookup.Committed(partitions);
        long[] offsets = new long[partitions.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = committed[i] ?? lookup.Reset(reset, partitions[i], "the consumer group has no committed offset for it");
        }

        return offsets;
    }
}
