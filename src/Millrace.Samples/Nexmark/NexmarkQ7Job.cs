using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 7: the highest bid of every 10 seconds.</summary>
public sealed class NexmarkQ7Job() : NexmarkJob("q7")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.HighestBids(events, TimeSpan.FromSeconds(10)), SamplesJson.Default.HighestBid);
}
