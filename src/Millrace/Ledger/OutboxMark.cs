namespace Millrace.Ledger;

/// <summary>
/// How much of a task's state was durable when its batch began: of the outbox, less what was sent since, and of the channels between keyed
/// tasks. Kept beside a state that was saved between two operations of a batch: such a state is not durable yet, and what it holds on top
/// of this must not leave.
/// </summary>
internal readonly record struct OutboxMark(int Envelopes, int SinkEntries, IReadOnlyDictionary<ChannelId, long>? Applied = null);
