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

    /// <summary>The state of an operator for one of its new tasks.</summary>
    /// <param name="uid">The operator's uid.</param>
    /// <param name="range">The key groups that the task owns.</param>
    /// <returns>The state, or <see langword="null"/> when the operator was not in the job then.</returns>
    public ISnapshotReader? ReaderOf(string uid, KeyGroupRange range) =>
        _partsByUid.TryGetValue(uid, out TaskSnapshotReader[]? parts) ? MergedSnapshotReader.Create(parts, uid, range) : null;
}
