using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Pattern query 0: periods in which the prices of a person's bids fall and rise again.</summary>
public sealed class NexmarkPatternQ0Job() : NexmarkJob("cep-q0")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.PriceDeclines(events), SamplesJson.Default.PriceDecline);
}
