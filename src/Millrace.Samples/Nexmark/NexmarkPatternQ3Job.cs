using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Pattern query 3: prices of a person's bids that drop by 50 within 5 seconds.</summary>
public sealed class NexmarkPatternQ3Job() : NexmarkJob("cep-q3")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.PriceDrops(events, TimeSpan.FromSeconds(5)), SamplesJson.Default.PriceDrop);
}
