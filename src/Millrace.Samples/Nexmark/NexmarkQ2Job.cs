using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 2: the bids for every 123rd auction.</summary>
public sealed class NexmarkQ2Job() : NexmarkJob("q2")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.Selection(events), SamplesJson.Default.SelectedBid);
}
