namespace Millrace.DevBroker.Groups;

/// <summary>One partition's offset in a commit.</summary>
internal readonly record struct OffsetToCommit(TopicPartition Partition, long Offset, int LeaderEpoch, string? Metadata);
