using Microsoft.Extensions.Logging;

namespace Millrace.Connectors;

/// <summary>What a source or sink learns about the task it runs in.</summary>
/// <param name="JobName">Name of the job.</param>
/// <param name="OperatorUid">Stable uid of the source or sink.</param>
/// <param name="TaskIndex">Index of the task, in [0, <paramref name="Parallelism"/>).</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="TimeProvider">The job's clock.</param>
/// <param name="LoggerFactory">Where to log.</param>
/// <param name="CancellationToken">Fires when the run ends; every wait must observe it.</param>
public sealed record ConnectorContext(
    string JobName,
    string OperatorUid,
    int TaskIndex,
    int Parallelism,
    TimeProvider TimeProvider,
    ILoggerFactory LoggerFactory,
    CancellationToken CancellationToken
)
{
    /// <summary>
    /// Name of the source of the job that reads a topic (<see cref="ISource.Reads"/>); <see langword="null"/> = none does. A sink that
    /// chooses record by record where to write asks it, so that no result comes back as input.
    /// </summary>
    public Func<Topic, string?> ReaderOf { get; init; } = static _ => null;

    /// <summary>
    /// Takes letters about records that a source cannot read, on the task's thread and while it reads them; <see langword="null"/> where
    /// the source has no <see cref="ISource.DeadLetters"/>.
    /// </summary>
    public Action<DeadLetter>? Letters { get; init; }

    /// <summary>Where the source or sink counts what it moves.</summary>
    public ConnectorMetrics Metrics { get; init; } = new();

    /// <summary>
    /// Tells the job's state apart from what it had before it was started from a savepoint or anew; the job's name where a host does not
    /// count. Names the progress of exactly-once sinks.
    /// </summary>
    public string Incarnation { get; init; } = JobName;
}

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

/// <summary>What a source or sink waits for; it goes on by itself when that has come.</summary>
/// <param name="Subject">What it is, such as a partition.</param>
/// <param name="Error">What is said when it is asked for.</param>
/// <param name="Since">Since when it has been waited for.</param>
public sealed record ConnectorWait(string Subject, string Error, DateTimeOffset Since)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"waits for {Subject} since {Since.UtcDateTime:HH:mm:ss}: {Error}");
}
