using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 22: bids with the directories of their URL.</summary>
public sealed class NexmarkQ22Job() : NexmarkJob("q22")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.UrlBids(events), SamplesJson.Default.UrlBid);
}
