using System.Text.Json.Serialization;

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
    /// <summary>Version of a manifest whose parts are all its own, one per task.</summary>
    public const int SelfContainedVersion = 1;

    public const int CurrentVersion = 2;

    /// <summary>The full names of all parts.</summary>
    /// <param name="folder">The checkpoint's folder.</param>
    public IEnumerable<string> PartNames(string folder) => Stages.SelectMany(stage => stage.Parts).Select(part => part.FullName(folder));

    /// <summary>Bytes of all parts.</summary>
    public long Size() => Stages.Sum(stage => stage.Parts.Sum(part => part.Size));
}

/// <summary>Why a snapshot of a job was taken.</summary>
internal enum CheckpointKind
{
    /// <summary>Taken by the job for its own recovery; deleted when newer ones have replaced it.</summary>
    Checkpoint,

    /// <summary>Asked for by a user; never deleted by the job.</summary>
    Savepoint,
}

/// <summary>What a manifest says of one stage.</summary>
/// <param name="Uid">Uid of the stage, unique in the job.</param>
/// <param name="Parallelism">Number of tasks.</param>
/// <param name="Operators">Uids of its operators, in the order of the chain.</param>
/// <param name="Parts">The part of each task, behind those of earlier checkpoints that it builds on, in their order.</param>
internal sealed record CheckpointStage(string Uid, int Parallelism, IReadOnlyList<string> Operators, IReadOnlyList<CheckpointPart> Parts);

/// <summary>A stored part of a checkpoint, as the manifest names it.</summary>
/// <param name="Task">Index of the task.</param>
/// <param name="Name">Name below the checkpoint's folder.</param>
/// <param name="Size">Number of bytes.</param>
/// <param name="Checksum">XxHash3 of the bytes, 16 hexadecimal digits.</param>
/// <param name="HasOperatorState">Whether every task wants the part at a restore, not just the owners of its key groups.</param>
internal sealed record CheckpointPart(int Task, string Name, long Size, string Checksum, bool HasOperatorState)
{
    /// <summary>The folder of the checkpoint that has written it; <see langword="null"/> = this one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Folder { get; init; }

    public string FullName(string folder) => $"{Folder ?? folder}/{Name}";
}

/// <summary>A complete checkpoint or savepoint, as the job's pointer lists it.</summary>
/// <param name="CheckpointId">Number of the checkpoint.</param>
/// <param name="Kind">Checkpoint or savepoint.</param>
/// <param name="Timestamp">When it was completed.</param>
/// <param name="Size">Bytes of all parts.</param>
/// <param name="Folder">Beginning of the names of its objects: the path by which a savepoint is restored.</param>
internal sealed record CompletedCheckpoint(long CheckpointId, CheckpointKind Kind, DateTimeOffset Timestamp, long Size, string Folder);
