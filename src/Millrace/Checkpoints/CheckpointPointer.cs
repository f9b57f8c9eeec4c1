using System.Text.Json.Serialization;

namespace Millrace.Checkpoints;

/// <summary>The job's one mutable object: which run owns the job, and which checkpoints are complete. Only ever swapped by ETag.</summary>
/// <param name="FormatVersion">Version of the pointer's format.</param>
/// <param name="Epoch">Number of the run, or attempt of a run, that owns the job; an older one that still goes on is fenced.</param>
/// <param name="Owner">Random name of the process' run, by which it knows its own pointer again after a lost reply.</param>
/// <param name="LastCheckpointId">The highest number that a complete checkpoint had.</param>
/// <param name="Completed">Complete checkpoints that may be restored, newest first.</param>
internal sealed record CheckpointPointer(
    int FormatVersion,
    long Epoch,
    string Owner,
    long LastCheckpointId,
    IReadOnlyList<CompletedCheckpoint> Completed
)
{
    public const int CurrentVersion = 1;

    /// <summary>What a run that forgot the job's checkpoints began with, as it was asked for; <see langword="null"/> = none has.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RestoredFrom { get; init; }

    /// <summary>Of a job that has never run.</summary>
    public static CheckpointPointer Empty { get; } = new(CurrentVersion, Epoch: 0, Owner: "", LastCheckpointId: 0, Completed: []);

    /// <summary>
    /// The pointer with one more checkpoint, without those that the retention lets go. Savepoints do not count, and leave the list once
    /// they are older than every checkpoint that is kept.
    /// </summary>
    public CheckpointPointer With(CompletedCheckpoint completed, int retained)
    {
        List<CompletedCheckpoint> kept = new();
        int checkpoints = 0;
        foreach (CompletedCheckpoint entry in Completed.Prepend(completed))
        {
            if (checkpoints == retained)
            {
                break;
            }

            kept.Add(entry);
            checkpoints += entry.Kind == CheckpointKind.Checkpoint ? 1 : 0;
        }

        return this with
        {
            LastCheckpointId = Math.Max(LastCheckpointId, completed.CheckpointId),
            Completed = kept,
        };
    }
}
