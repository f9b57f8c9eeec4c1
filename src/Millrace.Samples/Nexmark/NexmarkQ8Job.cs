using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 8: persons who registered and opened an auction within the same 10 seconds.</summary>
public sealed class NexmarkQ8Job() : NexmarkJob("q8")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.NewSellers(events, TimeSpan.FromSeconds(10)), SamplesJson.Default.NewSeller);
}
