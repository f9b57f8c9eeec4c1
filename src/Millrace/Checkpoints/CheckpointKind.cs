namespace Millrace.Checkpoints;

/// <summary>Why a snapshot of a job was taken.</summary>
internal enum CheckpointKind
{
    /// <summary>Taken by the job for its own recovery; deleted when newer ones have replaced it.</summary>
    Checkpoint,

    /// <summary>Asked for by a user; never deleted by the job.</summary>
    Savepoint,
}
