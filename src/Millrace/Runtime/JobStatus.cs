using System.Text.Json.Serialization;
using Millrace.Checkpoints;
using Millrace.Connectors;

namespace Millrace.Runtime;

/// <summary>Where a job is in its life: <c>Created -> Running -> (Restarting -> Running)* -> Finished | Failed | Cancelled</c>.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<JobStatus>))]
public enum JobStatus
{
    /// <summary>Not started.</summary>
    Created,

    /// <summary>Tasks are starting or running.</summary>
    Running,

    /// <summary>A task failed; the job waits for its restart.</summary>
    Restarting,

    /// <summary>All input has been processed and committed.</summary>
    Finished,

    /// <summary>The job failed and its restart strategy gave up.</summary>
    Failed,

    /// <summary>The job was cancelled or stopped with a savepoint.</summary>
    Cancelled,
}

/// <summary>What the coordinator of a run reacts to, one at a time.</summary>
internal abstract record JobEvent
{
    private JobEvent() { }

    public sealed record TaskOpened(TaskId Task) : JobEvent;

    public sealed record TaskSnapshotTaken(TaskId Task, long CheckpointId, TaskSnapshot Snapshot, long StartedTimestamp) : JobEvent;

    public sealed record PartStored(
        TaskId Task,
        long CheckpointId,
        IReadOnlyList<CheckpointPart> Parts,
        int Keeps,
        Exception? Failure,
        long StartedTimestamp
    ) : JobEvent;

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
