using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 13: bids joined with a bounded side input.</summary>
public sealed class NexmarkQ13Job() : NexmarkJob("q13")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.EnrichedBids(events, NexmarkSideInput.Table), SamplesJson.Default.EnrichedBid);
}
