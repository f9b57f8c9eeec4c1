using Millrace.Api;
using Millrace.Patterns;

namespace Millrace.Samples.Nexmark;

/// <summary>Pattern query 2: periods in which the average price of a person's bids is low, from every bid on.</summary>
public sealed class NexmarkPatternQ2Job() : NexmarkJob("cep-q2")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.LowPricePeriods(events, AfterMatchSkipStrategy.SkipToNext()), SamplesJson.Default.LowPricePeriod);
}
