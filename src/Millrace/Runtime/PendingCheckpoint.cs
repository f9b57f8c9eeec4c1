using Millrace.Checkpoints;

namespace Millrace.Runtime;

/// <summary>A checkpoint under way.</summary>
internal sealed class PendingCheckpoint(CheckpointLocation location, bool isFinal, long startedTimestamp, int tasks)
{
    public CheckpointLocation Location { get; } = location;

    public long Id => Location.CheckpointId;

    /// <summary>Whether all input had been processed when it began.</summary>
    public bool IsFinal { get; } = isFinal;

    /// <summary>Who asked for it, if it is a savepoint.</summary>
    public SavepointRequest? Request { get; init; }

    public bool StopAfterwards => Request is { StopAfterwards: true };

    public long StartedTimestamp { get; } = startedTimestamp;

    /// <summary>Of each task its part, behind those that it builds on.</summary>
    public Dictionary<TaskId, IReadOnlyList<CheckpointPart>> Parts { get; } = [];

    /// <summary>Bytes that were stored for it.</summary>
    public long Size { get; set; }

    public bool HasAllParts => Parts.Count == tasks;

    public bool IsStoring { get; set; }

    /// <summary>When the manifest began to be written.</summary>
    public long StoringTimestamp { get; set; }

    public ITimer? Expiry { get; set; }

    /// <summary>From when to when state was written for it, in time stamps.</summary>
    public List<(long Start, long End)> Writing { get; } = [];

    /// <summary>For how long state was written by any task: what the checkpoint cost, without what it only waited for.</summary>
    public TimeSpan WritingTime(TimeProvider time)
    {
        TimeSpan total = TimeSpan.Zero;
        long covered = long.MinValue;
        foreach ((long start, long end) in Writing.Order())
        {
            total += time.GetElapsedTime(Math.Max(start, covered), Math.Max(end, covered));
            covered = Math.Max(covered, end);
        }

        return total;
    }
}

/// <summary>
/// A wish for a savepoint. Thread-safe.
/// <code>
/// Waiting -> Begun (by the coordinator) -> result or failure
///       \-> Abandoned (by who asked, or by time)
/// </code>
/// </summary>
internal sealed class SavepointRequest(bool stopAfterwards, string? target)
{
    private const int Waiting = 0;
    private const int Begun = 1;
    private const int Abandoned = 2;
    private readonly TaskCompletionSource<string> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Waiting;

    public bool StopAfterwards { get; } = stopAfterwards;

    public string? Target { get; } = target;

    /// <summary>Where the savepoint is.</summary>
    public Task<string> Location => _result.Task;

    /// <summary>Whether the savepoint is still wanted; from now on only its own timeout ends it.</summary>
    public bool TryBegin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

    /// <summary>Gives the wish up, unless it has begun to be carried out.</summary>
    public bool TryAbandon(Exception reason) =>
        Interlocked.CompareExchange(ref _state, Abandoned, Waiting) == Waiting && _result.TrySetException(reason);

    public void Complete(string location) => _result.TrySetResult(location);

    public void Fail(Exception reason)
    {
        if (reason is OperationCanceledException cancelled)
        {
            _result.TrySetCanceled(cancelled.CancellationToken);
        }
        else
        {
            _result.TrySetException(reason);
        }
    }
}
