using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>Describes a checkpoint of a running job.</summary>
internal static class CheckpointManifests
{
    public static IReadOnlyList<CheckpointStage> StagesOf(JobGraph graph, PendingCheckpoint pending) =>
        [
            .. graph.Stages.Select(stage => new CheckpointStage(
                stage.Uid,
                stage.Parallelism,
                [.. stage.Nodes.Select(graph.UidOf)],
                [.. Enumerable.Range(0, stage.Parallelism).Select(task => pending.Parts[new TaskId(stage.Uid, task)])]
            )),
        ];
}
