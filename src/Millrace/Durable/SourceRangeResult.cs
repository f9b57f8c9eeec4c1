using Millrace.Ledger;
using Millrace.Time;

namespace Millrace.Durable;

/// <summary>What a source task's chain made of a range of offsets: everything that must be accepted before the ledger commits.</summary>
internal sealed record SourceRangeResult(
    IReadOnlyList<Envelope> Envelopes,
    IReadOnlyList<SourceSinkRecord> SinkRecords,
    long Watermark,
    TimestampVotes Votes,
    IReadOnlyCollection<KeyValuePair<ChannelId, long>> Sent
);
