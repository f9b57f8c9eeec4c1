using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 16: distinct bidders and auctions per channel and day.</summary>
public sealed class NexmarkQ16Job() : NexmarkJob("q16")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.Channels(events), SamplesJson.Default.ChannelStatistics);
}
