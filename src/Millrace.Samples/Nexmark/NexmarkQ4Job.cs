using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 4: average closing price per category.</summary>
public sealed class NexmarkQ4Job() : NexmarkJob("q4")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.CategoryPrices(events), SamplesJson.Default.CategoryPrice);
}
