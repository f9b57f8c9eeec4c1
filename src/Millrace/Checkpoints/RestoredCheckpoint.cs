using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>A checkpoint read back from the store, all its parts verified. Immutable; shared by the tasks that restore from it.</summary>
internal sealed class RestoredCheckpoint
{
    private readonly Dictionary<string, TaskSnapshotReader[]> _partsByUid = new(StringComparer.Ordinal);

    /// <summary>Puts a checkpoint together.</summary>
    /// <param name="manifest">What the checkpoint consists of.</param>
    /// <param name="folder">Where it was read from.</param>
    /// <param name="parts">All its parts, in the manifest's order.</param>
    public RestoredCheckpoint(CheckpointManifest manifest, string folder, IReadOnlyList<TaskSnapshotReader> parts)
    {
        Manifest = manifest;
        Folder = folder;
        Parts = parts;
        foreach (string uid in parts.SelectMany(part => part.OperatorUids).Distinct(StringComparer.Ordinal))
        {
            _partsByUid.Add(uid, [.. parts.Where(part => part.Contains(uid))]);
        }
    }

    public CheckpointManifest Manifest { get; }

    public string Folder { get; }

    /// <summary>All parts, in the manifest's order.</summary>
    public IReadOnlyList<TaskSnapshotReader> Parts { get; }

    public long Id => Manifest.CheckpointId;

    /// <summary>Uids of all operators that have state in it.</summary>
    public IReadOnlyCollection<string> OperatorUids => _partsByUid.Keys;

    /// <summary>Whether it is a checkpoint that the job itself keeps for as long as later ones need parts of it.</summary>
    public bool IsKept { get; init; }

    /// <summary>The state of an operator for one of its new tasks.</summary>
    /// <param name="uid">The operator's uid.</param>
    /// <param name="range">The key groups that the task owns.</param>
    /// <param name="goesOn">Whether the task's next part builds on what is there (<see cref="PartsToBuildOn"/>).</param>
    /// <returns>The state, or <see langword="null"/> when the operator was not in the job then.</returns>
    public ISnapshotReader? ReaderOf(string uid, KeyGroupRange range, bool goesOn = false) =>
        _partsByUid.TryGetValue(uid, out TaskSnapshotReader[]? parts) ? MergedSnapshotReader.Create(parts, uid, range, goesOn) : null;

    /// <summary>The parts of a task that its next one may build on, as if it had written them itself.</summary>
    /// <param name="stage">Uid of its stage.</param>
    /// <param name="operators">Uids of the stage's operators.</param>
    /// <param name="parallelism">Number of tasks of the stage.</param>
    /// <param name="task">Index of the task.</param>
    /// <returns>Parts, oldest first; none where another task has had the key groups or operators, or a part was not written to be built
    /// on.</returns>
    public IReadOnlyList<(CheckpointPart Part, TaskSnapshotReader Reader)> PartsToBuildOn(
        string stage,
        IEnumerable<string> operators,
        int parallelism,
        int task
    )
    {
        int before = 0;
        foreach (CheckpointStage written in IsKept ? Manifest.Stages : [])
        {
            if (
                string.Equals(written.Uid, stage, StringComparison.Ordinal)
                && written.Parallelism == parallelism
                && written.Operators.SequenceEqual(operators, StringComparer.Ordinal)
            )
            {
                (CheckpointPart Part, TaskSnapshotReader Reader)[] parts =
                [
                    .. written
                        .Parts.Select((part, i) => (Part: part, Reader: Parts[before + i]))
                        .Where(each => each.Part.Task == task)
                        .Select(each => (each.Part with { Folder = each.Part.Folder ?? Folder, HasOperatorState = false }, each.Reader)),
                ];
                return Array.TrueForAll(parts, static each => each.Reader.MayBeBuiltOn) ? parts : [];
            }

            before += written.Parts.Count;
        }

        return [];
    }
}
