using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 1: prices in euros.</summary>
public sealed class NexmarkQ1Job() : NexmarkJob("q1")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.CurrencyConversion(events), SamplesJson.Default.EuroBid);
}
