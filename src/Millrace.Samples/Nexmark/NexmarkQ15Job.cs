using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 15: distinct bidders and auctions per day.</summary>
public sealed class NexmarkQ15Job() : NexmarkJob("q15")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.Days(events), SamplesJson.Default.DayStatistics);
}
