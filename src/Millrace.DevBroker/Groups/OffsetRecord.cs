namespace Millrace.DevBroker.Groups;

/// <summary>One change of a group's offsets, as it is written to the journal and then applied.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="ProducerId">The producer whose open transaction holds the offset back, or null for a committed offset.</param>
/// <param name="Offset">The offset, or null when it is removed.</param>
internal readonly record struct OffsetRecord(TopicPartition Partition, long? ProducerId, CommittedOffset? Offset);
