namespace Millrace.Kafka.Sources;

/// <summary>A split while it is read.</summary>
internal sealed class SplitState(KafkaSplit split)
{
    internal KafkaTopicPartition Partition { get; } = split.Partition;

    internal string Id { get; } = split.Id;

    internal long? Stop { get; } = split.Stop;

    /// <summary>Offset of the next record; -2 = the partition's beginning.</summary>
    internal long Position { get; set; } = split.Position;

    /// <summary>Where the partition ended when its end was last reached; <see langword="null"/> = not yet.</summary>
    internal long? SeenEnd { get; set; }

    /// <summary>Since when nothing has come, and whether that has been said.</summary>
    internal (long Position, long? SeenEnd, long Since, bool IsSaid) Quiet { get; set; } = (long.MinValue, null, 0, false);

    /// <summary>Whether it has been read to its stop.</summary>
    internal bool IsDone { get; set; }

    internal Guid TopicId { get; } = split.TopicId;

    /// <summary>The leader epoch of the last record read; -1 = not known.</summary>
    internal int LeaderEpoch { get; set; } = split.LeaderEpoch;

    internal KafkaSplit ToSplit() => new(Partition, Position, Stop) { TopicId = TopicId, LeaderEpoch = LeaderEpoch };
}
