using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.Checkpoints;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>The queries that look at one bid at a time, against plain computations over the same events.</summary>
public sealed class BidQueryTests
{
    private readonly NexmarkRun _run = NexmarkRun.Shared;

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldLogBidsByDayAndMinute_WhenQueryIs10(int parallelism)
    {
        IEnumerable<LoggedBid> expected =
            from bid in _run.Bids
            let time = DateTimeOffset.FromUnixTimeMilliseconds(bid.DateTime)
            select new LoggedBid(
                bid.Auction,
                bid.Bidder,
                bid.Price,
                bid.DateTime,
                bid.Extra,
                time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
                time.ToString("HH:mm", CultureInfo.InvariantCulture)
            );
        NexmarkRun.AssertSame(expected, await _run.RunAsync(NexmarkQueries.BidLog, parallelism, parallelism));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldWriteTheLogToFilesOfItsMinutes_WhenSinkIsFiles(int parallelism)
    {
        using TemporaryDirectory directory = new();
        Dictionary<string, string> parameters = new(StringComparer.Ordinal)
        {
            ["source"] = "generator",
            ["events"] = "3000",
            ["events-per-second"] = "10",
            ["splits"] = parallelism.ToString(CultureInfo.InvariantCulture),
            ["sink"] = "files",
            ["output-path"] = directory["log"],
        };
        HostSettings settings = new() { Parallelism = parallelism, CheckpointInterval = TimeSpan.FromMilliseconds(20) };
        StreamExecutionEnvironment env = JobEnvironments.Create(
            settings,
            new Dictionary<string, string>(StringComparer.Ordinal),
            new JobParameters(parameters),
            new DirectoryObjectStore(directory["checkpoints"]),
            NullLoggerFactory.Instance
        );
        NexmarkQ10Job job = new();
        job.Build(env);
        await env.ExecuteAsync(job.Name, Deadline.Token());

        NexmarkRun run = new(3_000, eventsPerSecond: 10);
        NexmarkRun.AssertSame(
            from bid in run.Bids
            let time = DateTimeOffset.FromUnixTimeMilliseconds(bid.DateTime)
            select string.Create(
                CultureInfo.InvariantCulture,
                $"dt={time:yyyy-MM-dd}/hm={time:HH}%3A{time:mm} {bid.Auction},{bid.Bidder},{bid.Price},{bid.DateTime},\"{bid.Extra}\""
            ),
            from file in Directory.GetFiles(directory["log"], "bids-*.csv", SearchOption.AllDirectories)
            from line in File.ReadAllLines(file)
            select $"{Path.GetRelativePath(directory["log"], Path.GetDirectoryName(file)!)} {line}"
        );
    }

    [Fact]
    public async Task ShouldPartitionTheLogByDayAndMinute_WhenBidsSpanMinutes()
    {
        // One event per second of event time: 50 minutes.
        NexmarkRun run = new(3_000, eventsPerSecond: 1);
        IReadOnlyList<LoggedBid> log = await run.RunAsync(NexmarkQueries.BidLog, 1, 1);
        Assert.Equal(
            run.Bids.Select(bid =>
                DateTimeOffset.FromUnixTimeMilliseconds(bid.DateTime).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
            ),
            log.Select(bid => $"{bid.Day} {bid.Minute}")
        );
        Assert.True(log.Select(bid => bid.Minute).Distinct().Count() > 40);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldJoinTheSideInput_WhenQueryIs13(int parallelism)
    {
        // Only even rows: bids without a row are dropped.
        Dictionary<long, string> rows = Enumerable
            .Range(0, NexmarkSideInput.Rows / 2)
            .ToDictionary(i => 2L * i, i => "row " + i.ToString(CultureInfo.InvariantCulture));
        IEnumerable<EnrichedBid> expected =
            from bid in _run.Bids
            join row in rows on bid.Auction % 10_000 equals row.Key
            select new EnrichedBid(bid.Auction, bid.Bidder, bid.Price, bid.DateTime, row.Value);
        NexmarkRun.AssertSame(expected, await _run.RunAsync(events => NexmarkQueries.EnrichedBids(events, rows), parallelism, parallelism));
    }

    [Fact]
    public void ShouldHaveEachNumberAsText_WhenTableIsTheBenchmarks()
    {
        Assert.Equal(10_000, NexmarkSideInput.Table.Count);
        Assert.All(NexmarkSideInput.Table, row => Assert.Equal(row.Key.ToString(CultureInfo.InvariantCulture), row.Value));
    }

    [Theory]
    [InlineData(2_000L)]
    [InlineData(1L)]
    public async Task ShouldClassifyBids_WhenQueryIs14(long eventsPerSecond)
    {
        // One event per second of event time: more than a day, so all times of day.
        NexmarkRun run = eventsPerSecond == 1 ? new(100_000, eventsPerSecond) : _run;
        IEnumerable<ClassifiedBid> expected =
            from bid in run.Bids
            let price = 0.908m * bid.Price
            where price > 1_000_000 && price < 50_000_000
            let hour = DateTimeOffset.FromUnixTimeMilliseconds(bid.DateTime).Hour
            let time = hour >= 8 && hour <= 18 ? "dayTime"
            : hour <= 6 || hour >= 20 ? "nightTime"
            : "otherTime"
            select new ClassifiedBid(
                bid.Auction,
                bid.Bidder,
                price,
                time,
                bid.DateTime,
                bid.Extra,
                bid.Extra.Count(letter => letter == 'c')
            );
        IReadOnlyList<ClassifiedBid> actual = await run.RunAsync(NexmarkQueries.ClassifiedBids, 1, 1);
        NexmarkRun.AssertSame(expected, actual);
        Assert.Equal(eventsPerSecond == 1 ? 3 : 1, actual.Select(bid => bid.TimeOfDay).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldFindChannels_WhenQueryIs21(int parallelism)
    {
        Regex pattern = new("(?:&|^)channel_id=(?<id>[^&]*)", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        string[] known = ["apple", "google", "facebook", "baidu"];
        IEnumerable<ChannelBid> expected =
            from bid in _run.Bids
            let place = Array.FindIndex(known, name => name.Equals(bid.Channel, StringComparison.OrdinalIgnoreCase))
            let match = pattern.Match(bid.Url)
            where place >= 0 || match.Success
            select new ChannelBid(
                bid.Auction,
                bid.Bidder,
                bid.Price,
                bid.Channel,
                place >= 0 ? place.ToString(CultureInfo.InvariantCulture) : match.Groups["id"].Value
            );
        IReadOnlyList<ChannelBid> actual = await _run.RunAsync(NexmarkQueries.ChannelBids, parallelism, parallelism);
        NexmarkRun.AssertSame(expected, actual);
        Assert.True(actual.Count < _run.Bids.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldSplitUrls_WhenQueryIs22(int parallelism)
    {
        IEnumerable<UrlBid> expected =
            from bid in _run.Bids
            let parts = bid.Url.Split('/')
            select new UrlBid(
                bid.Auction,
                bid.Bidder,
                bid.Price,
                bid.Channel,
                parts.ElementAtOrDefault(3),
                parts.ElementAtOrDefault(4),
                parts.ElementAtOrDefault(5)
            );
        NexmarkRun.AssertSame(expected, await _run.RunAsync(NexmarkQueries.UrlBids, parallelism, parallelism));
    }
}
