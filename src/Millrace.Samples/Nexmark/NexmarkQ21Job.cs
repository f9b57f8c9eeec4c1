using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 21: bids with the number of their channel.</summary>
public sealed class NexmarkQ21Job() : NexmarkJob("q21")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.ChannelBids(events), SamplesJson.Default.ChannelBid);
}
