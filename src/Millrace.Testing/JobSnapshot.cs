using Millrace.Checkpoints;
using Millrace.Graph;
using Millrace.Runtime;

namespace Millrace.Testing;

/// <summary>A checkpoint that a test took: the state of all tasks of a job, from which a job with another parallelism may start too.</summary>
public sealed class JobSnapshot
{
    private readonly RestoredCheckpoint _checkpoint;

    internal JobSnapshot(JobGraph graph, long checkpointId, IReadOnlyDictionary<TaskId, byte[]> parts)
    {
        CheckpointStage[] stages = [.. graph.Stages.Select(stage => new CheckpointStage(stage.Uid, stage.Parallelism, [.. stage.Nodes.Select(graph.UidOf)], []))];
        var manifest = new CheckpointManifest(
            CheckpointManifest.CurrentVersion, graph.Name, checkpointId, Epoch: 0, CheckpointKind.Checkpoint, DateTimeOffset.UnixEpoch, graph.MaxParallelism, stages);
        TaskSnapshotReader[] readers = [.. graph.Stages.SelectMany(stage => Enumerable.Range(0, stage.Parallelism)
            .Select(task => new TaskId(stage.Uid, task))
            .Select(task => new TaskSnapshotReader(parts[task], task.ToString())))];
        _checkpoint = new RestoredCheckpoint(manifest, "test", readers);
        Size = parts.Values.Sum(part => (long)part.Length);
    }

    /// <summary>Number of the checkpoint.</summary>
    public long CheckpointId => _checkpoint.Id;

    /// <summary>Bytes of all parts.</summary>
    public long Size { get; }

    /// <summary>Uids of the operators that it holds state of.</summary>
    public IReadOnlyCollection<string> OperatorUids => [.. _checkpoint.OperatorUids.Where(uid => !uid.StartsWith("stage:", StringComparison.Ordinal))];

    internal RestoredCheckpoint Checkpoint => _checkpoint;
}
