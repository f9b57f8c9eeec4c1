using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>Batches for a fetch, and where the log stood when they were looked up.</summary>
internal readonly record struct ReadResult(
    ErrorCode Error,
    long HighWatermark,
    long LastStableOffset,
    long LogStartOffset,
    SegmentSlice? Records,
    List<AbortedTransaction>? Aborted
);
