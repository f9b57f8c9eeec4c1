namespace Millrace.Ledger;

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
