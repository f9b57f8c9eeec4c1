namespace Millrace.DevBroker.Storage;

/// <summary>The settings of a log, from its topic's configs and the broker's options.</summary>
/// <param name="SegmentBytes">Size from which on a new segment begins.</param>
/// <param name="SegmentAge">Age in milliseconds from which on a new segment begins.</param>
/// <param name="RetentionBytes">Bytes that are kept at most, -1 for no limit.</param>
/// <param name="RetentionMs">Milliseconds that records are kept, -1 for ever.</param>
/// <param name="Delete">Whether old segments are deleted.</param>
/// <param name="Compact">Whether only the last record per key is kept.</param>
/// <param name="DeleteRetentionMs">How long a compacted log keeps tombstones, in milliseconds.</param>
/// <param name="MinDirtyRatio">Share of bytes not yet compacted from which on it is worth while.</param>
/// <param name="MaxBatchBytes">Largest batch that is taken.</param>
/// <param name="LogAppendTime">Whether the time of the append replaces the records' own.</param>
internal sealed record LogConfig(
    int SegmentBytes,
    long SegmentAge,
    long RetentionBytes,
    long RetentionMs,
    bool Delete,
    bool Compact,
    long DeleteRetentionMs,
    double MinDirtyRatio,
    int MaxBatchBytes,
    bool LogAppendTime
);
