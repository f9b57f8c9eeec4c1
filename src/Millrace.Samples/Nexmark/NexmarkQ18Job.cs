using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 18: the last bid of each person for each auction.</summary>
public sealed class NexmarkQ18Job() : NexmarkJob("q18")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.LastBids(events), SamplesJson.Default.Bid);
}
