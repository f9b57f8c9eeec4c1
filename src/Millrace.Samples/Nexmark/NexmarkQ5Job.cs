using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 5: the auctions with the most bids in the last 10 seconds, every 2 seconds.</summary>
public sealed class NexmarkQ5Job() : NexmarkJob("q5")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.HotItems(events, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)), SamplesJson.Default.HotItem);
}
