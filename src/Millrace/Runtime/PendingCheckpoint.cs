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

    public Dictionary<TaskId, CheckpointPart> Parts { get; } = [];

    public bool HasAllParts => Parts.Count == tasks;

    public bool IsStoring { get; set; }

    public ITimer? Expiry { get; set; }
}
