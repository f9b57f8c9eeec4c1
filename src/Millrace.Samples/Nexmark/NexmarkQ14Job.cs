using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 14: bids in a range of prices with their time of day.</summary>
public sealed class NexmarkQ14Job() : NexmarkJob("q14")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.ClassifiedBids(events), SamplesJson.Default.ClassifiedBid);
}
