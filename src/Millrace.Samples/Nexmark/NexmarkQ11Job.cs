using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 11: bids per person and session with a gap of 10 seconds.</summary>
public sealed class NexmarkQ11Job() : NexmarkJob("q11")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(NexmarkQueries.UserSessions(events, TimeSpan.FromSeconds(10)), SamplesJson.Default.BidderWindow);
}
