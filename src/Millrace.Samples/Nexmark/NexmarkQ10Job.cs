using Millrace.Api;
using Millrace.Connectors;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark;

/// <summary>
/// Query 10: a log of all bids, partitioned by day and minute. With <c>sink</c> = files, it goes to CSV files below <c>output-path</c>, in
/// directories <c>dt=DAY/hm=MINUTE</c>, each bid once.
/// </summary>
public sealed class NexmarkQ10Job() : NexmarkJob("q10")
{
    // The colon is written as Hive writes it in the names of partitions.
    private const string Partitions = "'dt='yyyy-MM-dd'/hm='HH'%3A'mm";

    private protected override void Define(DataStream<NexmarkEvent> events, Target target) =>
        target.Take(
            NexmarkQueries.BidLog(events),
            SamplesJson.Default.LoggedBid,
            static path =>
                FileSink
                    .ForRowFormat(path, new LoggedBidCsv())
                    .WithBucketAssigner(new DateTimeBucketAssigner<LoggedBid>(Partitions))
                    .WithOutputFileConfig("bids", ".csv")
        );
}
