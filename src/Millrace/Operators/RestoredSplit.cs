using Millrace.Connectors;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>A split as it stands in a checkpoint.</summary>
internal sealed record RestoredSplit(SourceSplit Split, long Watermark, bool IsFinished)
{
    /// <summary>What its records ahead say about it.</summary>
    public TimestampVotes Votes { get; init; }
}
