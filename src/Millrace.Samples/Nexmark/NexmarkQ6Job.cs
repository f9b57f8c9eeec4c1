using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 6: average of each seller's last ten closing prices.</summary>
public sealed class NexmarkQ6Job() : NexmarkJob("q6")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.SellerPrices(events), SamplesJson.Default.SellerPrice);
}
