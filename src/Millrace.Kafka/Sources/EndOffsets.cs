using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Sources;

/// <summary>The beginning or the end of each partition.</summary>
internal sealed class EndOffsets : OffsetsInitializer
{
    internal static readonly EndOffsets First = new(latest: false);
    internal static readonly EndOffsets Last = new(latest: true);

    private readonly bool _latest;

    private EndOffsets(bool latest) => _latest = latest;

    internal override long[] Resolve(IReadOnlyList<KafkaTopicPartition> partitions, OffsetLookup lookup)
    {
        long[] offsets = new long[partitions.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = _latest ? lookup.End(partitions[i]) : LogicalOffset.Beginning;
        }

        return offsets;
    }
}
