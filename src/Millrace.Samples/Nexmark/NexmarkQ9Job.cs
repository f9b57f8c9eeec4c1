using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 9: the winning bid of each auction.</summary>
public sealed class NexmarkQ9Job() : NexmarkJob("q9")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.WinningBids(events), SamplesJson.Default.WinningBid);
}
