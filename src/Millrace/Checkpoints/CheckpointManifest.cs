namespace Millrace.Checkpoints;

/// <summary>Names all parts of a complete checkpoint. Written last: a checkpoint without manifest never was one.</summary>
/// <param name="FormatVersion">Version of the manifest's format.</param>
/// <param name="Job">Name of the job.</param>
/// <param name="CheckpointId">Number of the checkpoint.</param>
/// <param name="Epoch">Number of the run that took it.</param>
/// <param name="Kind">Checkpoint or savepoint.</param>
/// <param name="Timestamp">When it was completed.</param>
/// <param name="MaxParallelism">Number of key groups.</param>
/// <param name="Stages">The stages.</param>
internal sealed record CheckpointManifest(
    int FormatVersion,
    string Job,
    long CheckpointId,
    long Epoch,
    CheckpointKind Kind,
    DateTimeOffset Timestamp,
    int MaxParallelism,
    IReadOnlyList<CheckpointStage> Stages
)
{
    public const int CurrentVersion = 1;

    /// <summary>Bytes of all parts.</summary>
    public long Size() => Stages.Sum(stage => stage.Parts.Sum(part => part.Size));
}
