using Millrace.Checkpoints;

namespace Millrace.Embedded.OfflineState;

/// <summary>A checkpoint or savepoint as <c>state list</c> shows it.</summary>
/// <param name="Job">Name of the job; of one that is not complete, that of its folder.</param>
/// <param name="Folder">Where it is in its store: what <c>--restore</c> takes.</param>
/// <param name="Kind">Checkpoint or savepoint.</param>
/// <param name="Manifest">What it consists of; <see langword="null"/> = it has none that can be read.</param>
/// <param name="Fault">What is wrong with it; <see langword="null"/> = it is complete.</param>
internal sealed record ListedCheckpoint(string Job, string Folder, CheckpointKind Kind, CheckpointManifest? Manifest, string? Fault)
{
    /// <summary>Whether the job would go on from it, or it is the last one where nothing says so.</summary>
    public bool IsNewest { get; init; }

    public int Parts => Manifest?.Stages.Sum(static stage => stage.Parts.Count) ?? 0;

    /// <summary>Parts that lie in the folders of earlier checkpoints.</summary>
    public int PartsElsewhere => Manifest?.Stages.Sum(static stage => stage.Parts.Count(static part => part.Folder is not null)) ?? 0;
}
