namespace Millrace.DevBroker.Groups;

/// <summary>What OffsetFetch says of one partition. <see cref="Offset"/> is null when nothing is committed.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Offset">The committed offset, if any.</param>
/// <param name="IsUnstable">True when a transaction that is still open may change it and the caller asked for stable offsets.</param>
internal readonly record struct FetchedOffset(TopicPartition Partition, CommittedOffset? Offset, bool IsUnstable);
