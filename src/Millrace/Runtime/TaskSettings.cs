using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.State;

namespace Millrace.Runtime;

/// <summary>What all tasks of a run share, and a task's own counters.</summary>
internal sealed record TaskSettings(
    string JobName,
    int MaxParallelism,
    ExecutionOptions Options,
    TimeProvider Time,
    ILoggerFactory LoggerFactory,
    ITaskListener Listener,
    RestoredTasks Restored,
    CancellationToken CancellationToken
)
{
    public WatermarkAlignmentGroups Alignment { get; init; } = new();

    public TaskMetrics Metrics { get; init; } = new();

    public SnapshotSlice Slice { get; init; } = SnapshotSlice.Default;

    /// <summary>Reads records again for dead letters; <see langword="null"/> = nobody can.</summary>
    public OriginalReader? Originals { get; init; }
}

/// <summary>What tasks of a run restore, and build their checkpoints on.</summary>
internal sealed class RestoredTasks(RestoredCheckpoint? checkpoint, JobGraph graph, ExecutionOptions options)
{
    private RestoredCheckpoint? _checkpoint = checkpoint;

    /// <summary>Number of the checkpoint; <see langword="null"/> = there is none.</summary>
    public long? CheckpointId { get; } = checkpoint?.Id;

    /// <summary>All tasks have what is theirs: the parts need no memory any more.</summary>
    public void LetGo() => _checkpoint = null;

    /// <summary>The parts of a task that its next one builds on; none = it writes everything.</summary>
    public IReadOnlyList<(CheckpointPart Part, TaskSnapshotReader Reader)> PartsToBuildOn(Stage stage, int task) =>
        _checkpoint is null || !options.IncrementalCheckpoints
            ? []
            : _checkpoint.PartsToBuildOn(stage.Uid, stage.Nodes.Select(graph.UidOf), stage.Parallelism, task);

    /// <summary>The state of an operator for a task; <see langword="null"/> = there is none.</summary>
    public ISnapshotReader? ReaderOf(string uid, Stage stage, int task) =>
        _checkpoint?.ReaderOf(
            uid,
            KeyGroups.RangeOf(task, graph.MaxParallelism, stage.Parallelism),
            goesOn: PartsToBuildOn(stage, task).Count > 0
        );
}

/// <summary>How much of a snapshot is written between two batches of records, which wait for it.</summary>
/// <param name="Budget">In looks at a slot of a table; what is written costs a few dozen of them.</param>
/// <param name="Time">For how long this much is done again.</param>
internal readonly record struct SnapshotSlice(int Budget, TimeSpan Time)
{
    public static SnapshotSlice Default { get; } = new(8192, TimeSpan.FromMilliseconds(1));
}

/// <summary>Names a task: a stage and the index of the parallel instance.</summary>
internal readonly record struct TaskId(string StageUid, int Index)
{
    public override string ToString() => $"{StageUid}[{Index}]";
}
