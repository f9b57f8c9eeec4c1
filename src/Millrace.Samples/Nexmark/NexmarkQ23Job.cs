using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 23: bids with their bidders and the auctions that these sell.</summary>
public sealed class NexmarkQ23Job() : NexmarkJob("q23")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.BidderSales(events), SamplesJson.Default.BidderSale);
}
