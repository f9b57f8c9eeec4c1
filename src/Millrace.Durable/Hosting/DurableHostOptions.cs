using System.ComponentModel.DataAnnotations;

namespace Millrace.Durable.Hosting;

/// <summary>How a trigger-driven host runs a job.</summary>
internal sealed record DurableHostOptions
{
    /// <summary>
    /// Path of the savepoint that the job starts from; taken once, and ignored as long as it is the one that the job's state came from.
    /// Default: none.
    /// </summary>
    public string? RestoreFrom { get; init; }

    /// <summary>
    /// Work that nobody has moved for this long is completed by a tick; longer than the longest batch takes. Default: 5 minutes.
    /// </summary>
    public TimeSpan RepairTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// What a task lacks it gets again when that has not changed for this long; longer than a signal takes. Default: 5 seconds.
    /// </summary>
    public TimeSpan ResendTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Bytes of output that a task may hold while a sink or the next stage does not take it; above it the job's sources wait until it is
    /// down to a half. Default: 4 MiB; 16 KiB to 1 GiB.
    /// </summary>
    [Range(16 * 1024, 1024 * 1024 * 1024)]
    public long MaxPendingOutputBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// How long a trigger's batch waits for tasks that are full, before it fails and is delivered again; well below the consumer's
    /// <c>max.poll.interval.ms</c>. Default: 30 seconds.
    /// </summary>
    public TimeSpan BackPressureWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often user code may fail the work of one partition or task in a row before the job suspends itself. Default: 3; 1 to 1000.
    /// </summary>
    [Range(1, 1000)]
    public int UserCodeAttempts { get; init; } = 3;

    /// <summary>How long a trigger's batch waits after user code has failed it, before it is delivered again. Default: 1 second.</summary>
    public TimeSpan UserCodeRetryDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long a tick goes on reading topics that no trigger brings, and completing a partition that nobody moves; below the function's
    /// timeout. Default: 10 seconds.
    /// </summary>
    public TimeSpan PullTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a trigger's batch goes on with what lies before it in its partition, before it is delivered again; below the function's
    /// timeout and the consumer's <c>max.poll.interval.ms</c>. Default: 1 minute.
    /// </summary>
    public TimeSpan BatchTime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Bytes of a task's state that stay where it is saved; what is more goes to objects of the store. Default: 512 KiB; 256 bytes to 2
    /// MiB.
    /// </summary>
    [Range(256, 2 * 1024 * 1024)]
    public int MaxStateBytes { get; init; } = 512 * 1024;

    /// <summary>
    /// Bytes of state, as it is written, that a process keeps between batches so that it need not restore the tasks that ran last; in
    /// memory they take up to ten times as much. Default: 64 MiB; 0 = none, to 64 GiB.
    /// </summary>
    [Range(0, 64L * 1024 * 1024 * 1024)]
    public long MaxWarmStateBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Partitions looked at side by side by a tick. Default: 16; 1 to 256.</summary>
    [Range(1, 256)]
    public int TickParallelism { get; init; } = 16;
}
