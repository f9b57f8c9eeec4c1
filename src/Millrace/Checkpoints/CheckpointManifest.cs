namespace Millrace.Checkpoints;

/// <summary>Names everything that belongs to a complete checkpoint; written last.</summary>
internal sealed record CheckpointManifest
{
    public const int CurrentVersion = 1;

    public int Version { get; init; } = CurrentVersion;

    public required string Job { get; init; }

    public required long Id { get; init; }

    public required bool IsSavepoint { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required int MaxParallelism { get; init; }

    public required IReadOnlyList<CheckpointStage> Stages { get; init; }

    public required IReadOnlyList<CheckpointPart> Parts { get; init; }
}
