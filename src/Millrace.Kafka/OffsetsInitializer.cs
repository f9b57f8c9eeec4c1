using System.Collections.Frozen;
using Millrace.Kafka.Sources;

namespace Millrace.Kafka;

/// <summary>Says where a source begins, or, given to <c>SetBounded</c>, ends (Flink's <c>OffsetsInitializer</c>). Immutable.</summary>
public abstract class OffsetsInitializer
{
    private protected OffsetsInitializer() { }

    /// <summary>What is wrong with it; <see langword="null"/> when nothing is.</summary>
    internal virtual string? Error => null;

    /// <summary>Whether it needs a consumer group.</summary>
    internal virtual bool NeedsGroup => false;

    /// <summary>The first record that the broker has.</summary>
    public static OffsetsInitializer Earliest() => EndOffsets.First;

    /// <summary>The end of each partition at the moment the job first starts.</summary>
    public static OffsetsInitializer Latest() => EndOffsets.Last;

    /// <summary>The consumer group's committed offsets.</summary>
    /// <param name="reset">Where partitions without a committed offset begin.</param>
    public static OffsetsInitializer CommittedOffsets(OffsetResetStrategy reset = OffsetResetStrategy.None) => new GroupOffsets(reset);

    /// <summary>The first record of each partition whose timestamp is at or after a time; the end where there is none.</summary>
    /// <param name="timestamp">The time.</param>
    public static OffsetsInitializer Timestamp(DateTimeOffset timestamp) => Timestamp(timestamp.ToUnixTimeMilliseconds());

    /// <summary>The first record of each partition whose timestamp is at or after a time; the end where there is none.</summary>
    /// <param name="unixMilliseconds">The time, in milliseconds since the Unix epoch, not negative.</param>
    public static OffsetsInitializer Timestamp(long unixMilliseconds) => new TimestampOffsets(unixMilliseconds);

    /// <summary>Given offsets.</summary>
    /// <param name="offsets">Offset of the first record to read, per partition.</param>
    /// <param name="reset">Where partitions that are not among them begin.</param>
    public static OffsetsInitializer Offsets(
        IReadOnlyDictionary<KafkaTopicPartition, long> offsets,
        OffsetResetStrategy reset = OffsetResetStrategy.Earliest
    )
    {
        ArgumentNullException.ThrowIfNull(offsets);
        return new GivenOffsets(offsets.ToFrozenDictionary(), reset);
    }

    /// <summary>Finds the offsets of partitions. <c>-2</c> = the partition's beginning.</summary>
    internal abstract long[] Resolve(IReadOnlyList<KafkaTopicPartition> partitions, OffsetLookup lookup);
}
