using Millrace.Api;

namespace Millrace.Samples.Nexmark;

/// <summary>Query 10: a log of all bids, partitioned by day and minute. Its partitions are columns: there is no sink of files.</summary>
public sealed class NexmarkQ10Job() : NexmarkJob("q10")
{
    private protected override void Define(DataStream<NexmarkEvent> events, Target target) => target.Take(NexmarkQueries.BidLog(events), SamplesJson.Default.LoggedBid);
}
