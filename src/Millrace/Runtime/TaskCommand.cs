using Millrace.Connectors;

namespace Millrace.Runtime;

/// <summary>What the coordinator tells a task.</summary>
internal abstract record TaskCommand
{
    private TaskCommand() { }

    /// <summary>
    /// Injects a barrier. With <paramref name="HoldAfterwards"/> the source reads nothing behind it, because the job is to stop there.
    /// </summary>
    public sealed record TriggerCheckpoint(CheckpointBarrier Barrier, bool HoldAfterwards) : TaskCommand;

    /// <summary>The stop that the source was held for has failed.</summary>
    public sealed record Resume : TaskCommand;

    public sealed record CheckpointComplete(long CheckpointId) : TaskCommand;

    public sealed record AddSplits(IReadOnlyList<SourceSplit> Splits, bool NoMoreSplits) : TaskCommand;

    public sealed record Stop : TaskCommand;
}
