namespace Millrace.Kafka.Sources;

/// <summary>The first records at or after a time.</summary>
internal sealed class TimestampOffsets(long unixMilliseconds) : OffsetsInitializer
{
    internal override string? Error =>
        unixMilliseconds < 0
            ? $"OffsetsInitializer.Timestamp({unixMilliseconds}) lies before 1970; give milliseconds since the Unix epoch, or use "
                + "Earliest()."
            : null;

    internal override long[] Resolve(IReadOnlyList<KafkaTopicPartition> partitions, OffsetLookup lookup)
    {
        long?[] found = lookup.ForTime(partitions, unixMilliseconds);
        long[] offsets = new long[partitions.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = found[i] ?? lookup.End(partitions[i]);
        }

        return offsets;
    }
}
