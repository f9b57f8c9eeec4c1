using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>What all tasks of a run share, and a task's own counters.</summary>
internal sealed record TaskSettings(
    string JobName,
    int MaxParallelism,
    ExecutionOptions Options,
    TimeProvider Time,
    ILoggerFactory LoggerFactory,
    ITaskListener Listener,
    Func<string, int, int, ISnapshotReader?> Restored,
    CancellationToken CancellationToken
)
{
    public WatermarkAlignmentGroups Alignment { get; init; } = new();

    public TaskMetrics Metrics { get; init; } = new();

    /// <summary>Reads records again for dead letters; <see langword="null"/> = nobody can.</summary>
    public OriginalReader? Originals { get; init; }
}

/// <summary>Names a task: a stage and the index of the parallel instance.</summary>
internal readonly record struct TaskId(string StageUid, int Index)
{
    public override string ToString() => $"{StageUid}[{Index}]";
}
