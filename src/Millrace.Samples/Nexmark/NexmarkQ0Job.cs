using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 0: passes all bids through.</summary>
public sealed class NexmarkQ0Job() : NexmarkJob("q0")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.PassThrough(events), SamplesJson.Default.Bid);
}
