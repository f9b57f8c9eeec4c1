using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 12: bids per person and 10 seconds of processing time.</summary>
public sealed class NexmarkQ12Job() : NexmarkJob("q12")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.ProcessingTimeWindows(events, TimeSpan.FromSeconds(10)), SamplesJson.Default.BidderWindow);
}
