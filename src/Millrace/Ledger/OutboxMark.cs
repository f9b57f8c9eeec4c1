namespace Millrace.Ledger;

/// <summary>
/// How much of a task's outbox was durable when its batch began and has not been sent since. Kept beside a state that was saved between two
/// operations of a batch: such a state is not durable yet, and what it holds on top of this must not leave.
/// </summary>
internal readonly record struct OutboxMark(int Envelopes, int SinkEntries);
