using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// What a keyed task computes, seen from the protocol: a function of its state, what its channels bring and the watermark. Called by one
/// thread at a time. Given the same calls after the same snapshot it gives the same outputs.
/// </summary>
internal interface ITaskLogic
{
    /// <summary>Takes a payload of a channel.</summary>
    /// <param name="after">Records at or below this position were applied before and are not applied again. Never inside a whole
    /// payload.</param>
    /// <param name="payload">Valid until the call returns.</param>
    void Apply(in ChannelId channel, PayloadKind kind, ReadOnlyMemory<byte> payload, long after, ITaskOutput output);

    /// <summary>Event time has advanced on all channels. Watermarks grow strictly.</summary>
    void AdvanceWatermark(long watermark, ITaskOutput output);

    /// <summary>Writes everything that <see cref="Restore"/> needs, or what of it is not in parts.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="wholeBytes">What is larger may be put into parts.</param>
    LogicParts Snapshot(DataWriter writer, int wholeBytes);

    /// <summary>Called once, before all else; not called for a task without state. The memory is not changed afterwards.</summary>
    /// <param name="snapshot">What was written last.</param>
    /// <param name="parts">Its parts, oldest first.</param>
    void Restore(ReadOnlyMemory<byte> snapshot, IReadOnlyList<ReadOnlyMemory<byte>> parts);
}

/// <summary>What a snapshot of a logic consists of, besides what it has written.</summary>
/// <param name="Keeps">How many of the parts of the snapshot before: the last ones.</param>
/// <param name="Added">Parts behind them.</param>
internal readonly record struct LogicParts(int Keeps, IReadOnlyList<byte[]> Added)
{
    public static LogicParts None { get; } = new(0, []);

    public int Count => Keeps + Added.Count;
}

/// <summary>Where a task's logic puts what it emits. Nothing leaves the task before it is durable.</summary>
internal interface ITaskOutput
{
    /// <summary>
    /// A payload for a task of the next stage. Copied. One call per operation and destination is best: each becomes an envelope.
    /// </summary>
    void Send(string edge, int downstream, ReadOnlySpan<byte> payload);

    /// <summary>A record for a sink, encoded as the sink understands it. Copied.</summary>
    void Emit(string sink, ReadOnlySpan<byte> record);
}
