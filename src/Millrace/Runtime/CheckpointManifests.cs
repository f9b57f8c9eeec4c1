using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Runtime;

/// <summary>Describes a checkpoint of a running job.</summary>
internal static class CheckpointManifests
{
    public static CheckpointManifest Of(JobGraph graph, PendingCheckpoint pending, DateTimeOffset now) => new()
    {
        Job = graph.Name,
        Id = pending.Id,
        IsSavepoint = pending.IsSavepoint,
        Time = now,
        MaxParallelism = graph.MaxParallelism,
        Stages = [.. graph.Stages.Select(stage => new CheckpointStage(stage.Uid, stage.Parallelism, [.. stage.Nodes.Select(graph.UidOf)]))],
        Parts = [.. pending.Parts.OrderBy(part => part.Key.StageUid, StringComparer.Ordinal).ThenBy(part => part.Key.Index).Select(part => part.Value)],
    };
}
