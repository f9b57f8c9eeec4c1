namespace Millrace.Connectors;

/// <summary>
/// When a <see cref="FileSink{T}"/> closes a part and begins another (Flink's <c>DefaultRollingPolicy</c> and
/// <c>OnCheckpointRollingPolicy</c>). Looked at with each batch and at each checkpoint.
/// </summary>
public sealed record FileRollingPolicy
{
    /// <summary>Size at which a part is closed, in bytes. Default 128 MiB; at least 1.</summary>
    public long MaxPartSize { get; init; } = 128L << 20;

    /// <summary>How long a part is written to at most. Default 60 s; more than zero.</summary>
    public TimeSpan RolloverInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>After how long without a record a part is closed. Default 60 s; more than zero.</summary>
    public TimeSpan InactivityInterval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Whether all parts are closed at each checkpoint, so that results are readable a checkpoint later, in more and smaller files.
    /// Default: no.
    /// </summary>
    public bool RollsOnCheckpoint { get; init; }

    /// <summary>
    /// Parts that a task writes at a time; with more buckets, the one that was written longest ago is closed. Default 100; at least 1.
    /// </summary>
    public int MaxOpenParts { get; init; } = 100;
}
