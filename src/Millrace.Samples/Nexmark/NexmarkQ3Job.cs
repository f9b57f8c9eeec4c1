using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 3: who sells items of a category in some states.</summary>
public sealed class NexmarkQ3Job() : NexmarkJob("q3")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.LocalItems(events), SamplesJson.Default.LocalItem);
}
