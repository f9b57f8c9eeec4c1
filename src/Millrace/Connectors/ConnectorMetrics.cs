namespace Millrace.Connectors;

/// <summary>Counters that a source or sink keeps for its task; written by the task's thread, read by anyone.</summary>
public sealed class ConnectorMetrics
{
    private long _bytes;
    private long _pendingRecords = -1;
    private long _errors;
    private ConnectorWait? _waiting;

    /// <summary>Bytes of keys and values read or written so far.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    /// <summary>Records that wait at the source (Flink's <c>pendingRecords</c>); -1 when unknown.</summary>
    public long PendingRecords => Volatile.Read(ref _pendingRecords);

    /// <summary>Records skipped or sent to a dead-letter topic so far.</summary>
    public long Errors => Volatile.Read(ref _errors);

    /// <summary>What it waits for; <see langword="null"/> = nothing that it knows of.</summary>
    public ConnectorWait? Waiting => Volatile.Read(ref _waiting);

    /// <summary>Counts bytes.</summary>
    /// <param name="bytes">How many.</param>
    public void AddBytes(long bytes) => Volatile.Write(ref _bytes, _bytes + bytes);

    /// <summary>Reports the backlog.</summary>
    /// <param name="records">Number of records.</param>
    public void SetPendingRecords(long records) => Volatile.Write(ref _pendingRecords, records);

    /// <summary>Says what the source or sink waits for. May be called by any thread.</summary>
    /// <param name="waiting">What; <see langword="null"/> = it goes on.</param>
    public void SetWaiting(ConnectorWait? waiting) => Volatile.Write(ref _waiting, waiting);

    /// <summary>Counts a skipped or dead-lettered record.</summary>
    public void AddError() => Volatile.Write(ref _errors, _errors + 1);
}
