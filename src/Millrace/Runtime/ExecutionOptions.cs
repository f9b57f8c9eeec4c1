using System.ComponentModel.DataAnnotations;
using Millrace.StateBackends;

namespace Millrace.Runtime;

/// <summary>How a job runs.</summary>
public sealed class ExecutionOptions
{
    /// <summary>Default number of tasks per operator. Default 1; 1 to <see cref="MaxParallelism"/>.</summary>
    [Range(1, 32768)]
    public int Parallelism { get; set; } = 1;

    /// <summary>Number of key groups, fixed for the life of the state. Default 128; 1 to 32,768.</summary>
    [Range(1, 32768)]
    public int MaxParallelism { get; set; } = 128;

    /// <summary>
    /// Records per batch on channels and between operators. Default 1,024; 1 to 65,536. Smaller batches cost throughput, larger ones
    /// memory.
    /// </summary>
    [Range(1, 65536)]
    public int BatchSize { get; set; } = 1024;

    /// <summary>Batches that may be under way on a channel before its sender waits (back pressure). Default 4; 2 to 1,024.</summary>
    [Range(2, 1024)]
    public int ChannelCapacity { get; set; } = 4;

    /// <summary>
    /// From the start of one checkpoint to the start of the next, but between two there is at least as long a pause as the first one took;
    /// <see langword="null"/> (default) = no periodic checkpoints.
    /// </summary>
    public TimeSpan? CheckpointInterval { get; set; }

    /// <summary>
    /// Whether a checkpoint writes what has changed since the one before, and refers to its parts for the rest (Flink's
    /// <c>execution.checkpointing.incremental</c>). Default <see langword="true"/>: state per key is written that way, windows of whole
    /// streams and patterns as a whole. A part is deleted when the last kept checkpoint that names it is. Savepoints always say everything.
    /// </summary>
    public bool IncrementalCheckpoints { get; set; } = true;

    /// <summary>
    /// Where keyed state is kept while the job runs. Default <see cref="StateBackend.InMemory"/>. Checkpoints do not depend on it.
    /// </summary>
    public StateBackend StateBackend { get; set; } = StateBackend.InMemory;

    /// <summary>After how long a checkpoint that is not complete is given up. Default 10 minutes; positive.</summary>
    public TimeSpan CheckpointTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Time between the end of one checkpoint and the start of the next, at least. Default zero.</summary>
    public TimeSpan MinPauseBetweenCheckpoints { get; set; } = TimeSpan.Zero;

    /// <summary>Failed checkpoints in a row that are tolerated; one more fails the run. Default 3; 0 = the first one fails it.</summary>
    [Range(0, int.MaxValue)]
    public int TolerableFailedCheckpoints { get; set; } = 3;

    /// <summary>
    /// After how long a task that was cancelled is given up: the job fails for good, naming it. Default 180 s, as Flink's
    /// <c>task.cancellation.timeout</c>; positive. It bounds cancelling, restarting and stopping.
    /// </summary>
    public TimeSpan TaskCancellationTimeout { get; set; } = TimeSpan.FromSeconds(180);

    /// <summary>Completed checkpoints that are kept. Default 3; at least 1.</summary>
    [Range(1, 1000)]
    public int RetainedCheckpoints { get; set; } = 3;

    /// <summary>How often sources emit watermarks. Default 200 ms, as in Flink; positive.</summary>
    public TimeSpan AutoWatermarkInterval { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>After how long a batch that is not full is sent on all the same. Default 100 ms, as in Flink; positive.</summary>
    public TimeSpan BufferTimeout { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Whether operators hand on the objects that they get, as Flink's <c>pipeline.object-reuse</c>. Default <see langword="false"/>: a
    /// function may change a record that it was given or has emitted, and nobody else sees it; for this, records of types that can be
    /// changed are copied when an operator emits them and for each further reader of a stream (plain data and collections; anything else is
    /// shared). Records of immutable types (records with init-only members, structs, strings, numbers) are never copied. With
    /// <see langword="true"/> nothing is copied, and functions must not change or keep records.
    /// </summary>
    public bool ObjectReuse { get; set; }

    /// <summary>What to do when a task fails. Default: exponential delay from 1 s to 1 min.</summary>
    public RestartStrategy RestartStrategy { get; set; } =
        RestartStrategy.ExponentialDelay(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    /// <summary>
    /// Savepoint or checkpoint to start from; <see langword="null"/> (default) = the job's latest checkpoint, if there is one.
    /// </summary>
    public string? RestoreFrom { get; set; }

    /// <summary>
    /// Whether <see cref="RestoreFrom"/> is taken once in the life of the job's checkpoints: where it stands in a configuration that each
    /// start of a process reads. <c>#</c> and any word behind it take it again.
    /// </summary>
    internal bool RestoresOnce { get; set; }

    /// <summary>
    /// Whether the job starts without state even though the store has a checkpoint of it. Default <see langword="false"/>.
    /// </summary>
    public bool IgnoreCheckpoints { get; set; }

    /// <summary>
    /// Whether state of operators that the job no longer has may be dropped at a restore. Default <see langword="false"/>: it is an error.
    /// </summary>
    public bool AllowNonRestoredState { get; set; }

    /// <summary>Checks the bounds of all options.</summary>
    /// <exception cref="ValidationException">An option is out of bounds; the message lists all of them.</exception>
    public void Validate()
    {
        List<ValidationResult> results = [];
        Validator.TryValidateObject(this, new ValidationContext(this), results, validateAllProperties: true);
        foreach (
            (string name, TimeSpan value) in new[]
            {
                (nameof(CheckpointInterval), CheckpointInterval ?? TimeSpan.MaxValue),
                (nameof(CheckpointTimeout), CheckpointTimeout),
                (nameof(TaskCancellationTimeout), TaskCancellationTimeout),
                (nameof(AutoWatermarkInterval), AutoWatermarkInterval),
                (nameof(BufferTimeout), BufferTimeout),
            }
        )
        {
            if (value <= TimeSpan.Zero)
            {
                results.Add(new ValidationResult($"{name} is {value}, expected more than zero."));
            }
        }

        if (results.Count > 0)
        {
            throw new ValidationException(
                "The execution options are out of bounds: " + string.Join(" ", results.Select(result => result.ErrorMessage))
            );
        }
    }
}
