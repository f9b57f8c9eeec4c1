using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>A complete checkpoint, loaded.</summary>
internal sealed class RestoredCheckpoint(CheckpointManifest manifest, IReadOnlyList<TaskSnapshotReader> parts)
{
    public CheckpointManifest Manifest { get; } = manifest;

    public long Id => Manifest.Id;

    /// <summary>Uids of all operators that have state in it.</summary>
    public IReadOnlySet<string> OperatorUids { get; } = new HashSet<string>(parts.SelectMany(part => part.OperatorUids), StringComparer.Ordinal);

    /// <summary>An operator's state, or <see langword="null"/> when it has none.</summary>
    public ISnapshotReader? ReaderOf(string uid, KeyGroupRange range) => MergedSnapshotReader.Create(parts, uid, range);
}
