using Millrace.Checkpoints;
using Millrace.Connectors;

namespace Millrace.Runtime;

/// <summary>What the coordinator of a run reacts to, one at a time.</summary>
internal abstract record JobEvent
{
    private JobEvent() { }

    public sealed record TaskOpened(TaskId Task) : JobEvent;

    public sealed record TaskSnapshotTaken(TaskId Task, long CheckpointId, TaskSnapshot Snapshot, long StartedTimestamp) : JobEvent;

    public sealed record PartStored(TaskId Task, long CheckpointId, CheckpointPart? Part, Exception? Failure, long StartedTimestamp)
        : JobEvent;

    public sealed record CheckpointStored(long CheckpointId, string? Location, Exception? Failure) : JobEvent;

    public sealed record TaskFinished(TaskId Task) : JobEvent;

    public sealed record TaskFailed(TaskId? Task, Exception Failure) : JobEvent;

    public sealed record TaskStopped(TaskId Task) : JobEvent;

    public sealed record CheckpointDue : JobEvent;

    public sealed record CheckpointExpired(long CheckpointId) : JobEvent;

    public sealed record SavepointRequested(SavepointRequest Request) : JobEvent;

    public sealed record SavepointCancelled(SavepointRequest Request, CancellationToken CancellationToken) : JobEvent;

    public sealed record SplitsFound(string StageUid, IReadOnlyList<SourceSplit> Splits) : JobEvent;
}
