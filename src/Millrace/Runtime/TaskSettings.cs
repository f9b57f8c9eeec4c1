using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;

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
    CancellationToken CancellationToken)
{
    public WatermarkAlignmentGroups Alignment { get; init; } = new();

    public TaskMetrics Metrics { get; init; } = new();
}
