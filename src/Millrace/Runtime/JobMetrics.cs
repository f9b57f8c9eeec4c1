using Millrace.Connectors;

namespace Millrace.Runtime;

/// <summary>Counters of a job at one moment. Rates follow from two of them.</summary>
public sealed record JobMetrics
{
    /// <summary>Where the job is in its life.</summary>
    public JobStatus Status { get; init; }

    /// <summary>Records that the sources have emitted, restarts included.</summary>
    public long RecordsIn { get; init; }

    /// <summary>Bytes that the sources have read, where they know.</summary>
    public long BytesIn { get; init; }

    /// <summary>Records that the sinks have taken.</summary>
    public long RecordsOut { get; init; }

    /// <summary>Bytes that the sinks have written, where they know.</summary>
    public long BytesOut { get; init; }

    /// <summary>Records that were skipped or sent to a dead-letter topic.</summary>
    public long Errors { get; init; }

    /// <summary>
    /// Records too far ahead of their split or of the clock to move the watermark, restarts included
    /// (<c>WatermarkStrategy.WithMaxTimestampAdvance</c>).
    /// </summary>
    public long RecordsAhead { get; init; }

    /// <summary>Records that wait at the sources; <see langword="null"/> where unknown.</summary>
    public long? PendingRecords { get; init; }

    /// <summary>
    /// The lowest watermark of all tasks; <see langword="null"/> before the first, and where the calendar has no such date.
    /// </summary>
    public DateTimeOffset? Watermark { get; init; }

    /// <summary>Windows that are open, keys counted once each per window where the operator keeps them so.</summary>
    public long OpenWindows { get; init; }

    /// <summary>Number of the last complete checkpoint; 0 = none.</summary>
    public long LastCheckpointId { get; init; }

    /// <summary>When it was completed.</summary>
    public DateTimeOffset? LastCheckpointTime { get; init; }

    /// <summary>Its size in bytes.</summary>
    public long LastCheckpointSize { get; init; }

    /// <summary>From its trigger to its completion.</summary>
    public TimeSpan LastCheckpointDuration { get; init; }

    /// <summary>Checkpoints that failed or expired.</summary>
    public int FailedCheckpoints { get; init; }

    /// <summary>Restarts after failures.</summary>
    public int Restarts { get; init; }

    /// <summary>The last failure, if any.</summary>
    public string? LastFailure { get; init; }

    /// <summary>
    /// What sources and sinks wait for, such as a partition without a leader, and how far a restore is; empty = nothing is known of.
    /// </summary>
    public IReadOnlyList<ConnectorWait> Waiting { get; init; } = [];

    /// <summary>Counters of the tasks.</summary>
    public IReadOnlyList<TaskReport> Tasks { get; init; } = [];
}
