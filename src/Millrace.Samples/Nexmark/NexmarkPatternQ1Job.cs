using Millrace.Api;
using Millrace.Patterns;

namespace Millrace.Samples.Nexmark;

/// <summary>Pattern query 1: periods in which the average price of a person's bids is low, one after the other.</summary>
public sealed class NexmarkPatternQ1Job() : NexmarkJob("cep-q1")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.LowPricePeriods(events, AfterMatchSkipStrategy.SkipPastLastEvent()), SamplesJson.Default.LowPricePeriod);
}
