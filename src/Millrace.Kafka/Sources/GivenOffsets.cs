using System.Collections.Frozen;

namespace Millrace.Kafka.Sources;

/// <summary>Offsets that the user gave.</summary>
internal sealed class GivenOffsets(FrozenDictionary<KafkaTopicPartition, long> given, OffsetResetStrategy reset) : OffsetsInitializer
{
    internal override string? Error
    {
        get
        {
            foreach ((KafkaTopicPartition partition, long offset) in given)
            {
                if (offset < 0)
                {
                    return $"OffsetsInitializer.Offsets gives {partition} the offset {offset}; offsets begin at 0.";
                }
            }

            return null;
        }
    }

    internal override long[] Resolve(IReadOnlyList<KafkaTopicPartition> partitions, OffsetLookup lookup)
    {
        long[] offsets = new long[partitions.Count];
        for (int i = 0; i < offsets.Length; i++)
        {
            offsets[i] = given.TryGetValue(partitions[i], out long offset)
                ? offset
                : lookup.Reset(reset, partitions[i], "no offset was given for it");
        }

        return offsets;
    }
}
