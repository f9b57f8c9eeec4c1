using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 20: bids with their auctions, of one category.</summary>
public sealed class NexmarkQ20Job() : NexmarkJob("q20")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.ExpandedBids(events), SamplesJson.Default.ExpandedBid);
}
