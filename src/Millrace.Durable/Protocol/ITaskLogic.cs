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

    /// <summary>Writes everything that <see cref="Restore"/> needs.</summary>
    void Snapshot(DataWriter writer);

    /// <summary>Called once, before all else; not called for a task without state. The memory is valid until the call returns.</summary>
    void Restore(ReadOnlyMemory<byte> snapshot);
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
