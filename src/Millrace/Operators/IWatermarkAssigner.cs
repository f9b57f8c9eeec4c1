using Millrace.Time;

namespace Millrace.Operators;

/// <summary>
/// An operator that makes event time in a source's stage, as a trigger-driven host sees it: partition by partition and range by range.
/// </summary>
internal interface IWatermarkAssigner
{
    /// <summary>The partition's watermark after the records so far.</summary>
    long Watermark { get; }

    /// <summary>What its records ahead say about the partition, after the records so far.</summary>
    TimestampVotes Votes { get; }

    /// <summary>Begins a range of offsets; nothing stays of a former one but its watermark and its votes.</summary>
    void Begin(long watermark, TimestampVotes votes);

    /// <summary>Ends a range: what a generator says only from time to time, it says now.</summary>
    void EndRange();
}

/// <summary>An operator that keeps records too far ahead from moving the watermark, for metrics; read by any thread.</summary>
internal interface IWatermarkGuard
{
    long RecordsAhead { get; }
}
