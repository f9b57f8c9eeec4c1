using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 19: the ten highest bids of each auction.</summary>
public sealed class NexmarkQ19Job() : NexmarkJob("q19")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.TopBids(events), SamplesJson.Default.RankedBid);
}
