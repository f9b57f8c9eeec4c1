namespace Millrace.DevBroker.Groups;

/// <summary>Where a group has got to in one partition.</summary>
/// <param name="Offset">The next offset to read.</param>
/// <param name="LeaderEpoch">The leader epoch the consumer knew, or -1.</param>
/// <param name="Metadata">The consumer's own note.</param>
/// <param name="CommittedAt">When it was committed, in milliseconds since 1970.</param>
/// <param name="ExpiresAt">When the consumer asked for it to expire, in milliseconds since 1970, or -1 for the broker's retention.</param>
/// <param name="Sequence">Orders commits of one group: a transaction that ends late does not undo what was committed after its own
/// commit.</param>
internal sealed record CommittedOffset(long Offset, int LeaderEpoch, string Metadata, long CommittedAt, long ExpiresAt, long Sequence);
