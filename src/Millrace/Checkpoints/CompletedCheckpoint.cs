namespace Millrace.Checkpoints;

/// <summary>A complete checkpoint or savepoint, as the job's pointer lists it.</summary>
/// <param name="CheckpointId">Number of the checkpoint.</param>
/// <param name="Kind">Checkpoint or savepoint.</param>
/// <param name="Timestamp">When it was completed.</param>
/// <param name="Size">Bytes of all parts.</param>
/// <param name="Folder">Beginning of the names of its objects: the path by which a savepoint is restored.</param>
internal sealed record CompletedCheckpoint(long CheckpointId, CheckpointKind Kind, DateTimeOffset Timestamp, long Size, string Folder);
