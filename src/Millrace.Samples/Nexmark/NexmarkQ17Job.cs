using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 17: prices per auction and day.</summary>
public sealed class NexmarkQ17Job() : NexmarkJob("q17")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.Auctions(events), SamplesJson.Default.AuctionStatistics);
}
