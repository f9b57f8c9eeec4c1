using System.Globalization;
using Millrace.Runtime;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Millrace.Testing;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>
/// The queries that count and rank bids, against plain computations over the same events. Where a query revises its results, the last ones
/// count.
/// </summary>
public sealed class StatisticsQueryTests
{
    private readonly NexmarkRun _run = NexmarkRun.Shared;

    [Theory]
    [InlineData(1, 200)]
    [InlineData(3, 200)]
    [InlineData(1, 2_000)]
    public async Task ShouldCountBidsPerSession_WhenQueryIs11(int parallelism, long gap)
    {
        // Sessions that touch are one.
        List<BidderWindow> expected = [];
        foreach (IGrouping<long, Bid> bidder in _run.Bids.GroupBy(bid => bid.Bidder))
        {
            BidderWindow? session = null;
            foreach (long time in bidder.Select(bid => bid.DateTime).Order())
            {
                if (session is { } open && time <= open.End)
                {
                    session = open with { Bids = open.Bids + 1, End = time + gap };
                    continue;
                }

                if (session is { } closed)
                {
                    expected.Add(closed);
                }

                session = new BidderWindow(bidder.Key, 1, time, time + gap);
            }

            expected.Add(session!.Value);
        }

        NexmarkRun.AssertSame(
            expected,
            await _run.RunAsync(events => NexmarkQueries.UserSessions(events, TimeSpan.FromMilliseconds(gap)), parallelism, parallelism)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void ShouldCountBidsPerWindowOfTheClock_WhenQueryIs12(int parallelism)
    {
        TimeSpan size = TimeSpan.FromSeconds(10);
        TestSource<NexmarkEvent> source = new(parallelism);
        TestSink<BidderWindow> sink = new();
        JobTestOptions options = new() { Execution = new ExecutionOptions { Parallelism = parallelism } };
        using JobTestDriver driver = JobTestDriver.Start(
            env =>
                NexmarkQueries
                    .ProcessingTimeWindows(env.FromSource(source, source.Watermarks).WithUid("events"), size)
                    .SinkTo(sink)
                    .WithUid("results"),
            options
        );
        List<(long Bidder, long Start)> seen = [];

        // Steps of 3 s: some end within a window, some in the next.
        foreach (NexmarkEvent[] step in _run.Events.Take(20_000).Chunk(1_000))
        {
            long now = driver.Time.GetUtcNow().ToUnixTimeMilliseconds();
            for (int i = 0; i < step.Length; i++)
            {
                source.Add(step[i], step[i].DateTime, i % parallelism);
            }

            seen.AddRange(step.Where(e => e.IsBid).Select(e => (e.Bid.Bidder, now - (now % 10_000))));
            driver.RunUntilIdle();
            driver.AdvanceTime(TimeSpan.FromSeconds(3));
        }

        driver.AdvanceTime(size);
        NexmarkRun.AssertSame(
            seen.GroupBy(bid => bid)
                .Select(window => new BidderWindow(window.Key.Bidder, window.Count(), window.Key.Start, window.Key.Start + 10_000)),
            sink.Values
        );
        Assert.True(sink.Values.Select(window => window.Start).Distinct().Count() >= 6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldCountDistinctPerDay_WhenQueryIs15(int parallelism)
    {
        // One event per second of event time: more than a day.
        NexmarkRun run = new(100_000, eventsPerSecond: 1);
        IReadOnlyList<DayStatistics> updates = await run.RunAsync(NexmarkQueries.Days, parallelism, parallelism);
        IEnumerable<DayStatistics> expected = run
            .Bids.GroupBy(bid => Text(bid, "yyyy-MM-dd"))
            .Select(day => new DayStatistics(day.Key, Ranks(day, bids => bids.Count()), Ranks(day, Bidders), Ranks(day, Auctions)));
        NexmarkRun.AssertSame(expected, updates.GroupBy(update => update.Day).Select(day => day.MaxBy(update => update.Bids.Total)));
        Assert.Equal(run.Bids.Count, updates.Count);
        Assert.Equal(2, updates.Select(update => update.Day).Distinct().Count());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldCountDistinctPerChannel_WhenQueryIs16(int parallelism)
    {
        IReadOnlyList<ChannelStatistics> updates = await _run.RunAsync(NexmarkQueries.Channels, parallelism, parallelism);
        IEnumerable<ChannelStatistics> expected = _run
            .Bids.GroupBy(bid => (bid.Channel, Day: Text(bid, "yyyy-MM-dd")))
            .Select(group => new ChannelStatistics(
                group.Key.Channel,
                group.Key.Day,
                group.Max(bid => Text(bid, "HH:mm"))!,
                Ranks(group, bids => bids.Count()),
                Ranks(group, Bidders),
                Ranks(group, Auctions)
            ));
        NexmarkRun.AssertSame(
            expected,
            updates.GroupBy(update => (update.Channel, update.Day)).Select(group => group.MaxBy(update => update.Bids.Total))
        );
        Assert.Equal(_run.Bids.Count, updates.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldSummarizePrices_WhenQueryIs17(int parallelism)
    {
        IReadOnlyList<AuctionStatistics> updates = await _run.RunAsync(NexmarkQueries.Auctions, parallelism, parallelism);
        IEnumerable<AuctionStatistics> expected = _run
            .Bids.GroupBy(bid => (bid.Auction, Day: Text(bid, "yyyy-MM-dd")))
            .Select(group => new AuctionStatistics(
                group.Key.Auction,
                group.Key.Day,
                Ranks(group, bids => bids.Count()),
                group.Min(bid => bid.Price),
                group.Max(bid => bid.Price),
                group.Sum(bid => bid.Price) / group.Count(),
                group.Sum(bid => bid.Price)
            ));
        NexmarkRun.AssertSame(
            expected,
            updates.GroupBy(update => (update.Auction, update.Day)).Select(group => group.MaxBy(update => update.Bids.Total))
        );
        Assert.Equal(_run.Bids.Count, updates.Count);
    }

    // With one split, bids of a key come in their order, also to several tasks: of bids at one time the later one counts.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldKeepTheLastBid_WhenQueryIs18(int parallelism)
    {
        IReadOnlyList<Bid> updates = await _run.RunAsync(NexmarkQueries.LastBids, parallelism, splits: 1);
        NexmarkRun.AssertSame(
            _run.Bids.GroupBy(bid => (bid.Bidder, bid.Auction)).Select(group => group.Last()),
            updates.GroupBy(bid => (bid.Bidder, bid.Auction)).Select(group => group.Last())
        );
    }

    [Fact]
    public async Task ShouldKeepTheLatestTime_WhenBidsOfQuery18ComeOutOfOrder()
    {
        IReadOnlyList<Bid> updates = await _run.RunAsync(NexmarkQueries.LastBids, 3, splits: 5);
        NexmarkRun.AssertSame(
            _run.Bids.GroupBy(bid => (bid.Bidder, bid.Auction)).Select(group => (group.Key, group.Max(bid => bid.DateTime))),
            updates.GroupBy(bid => (bid.Bidder, bid.Auction)).Select(group => (group.Key, group.Last().DateTime))
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldRankTheTenHighestBids_WhenQueryIs19(int parallelism)
    {
        IReadOnlyList<RankedBid> updates = await _run.RunAsync(NexmarkQueries.TopBids, parallelism, splits: 1);
        IEnumerable<RankedBid> expected = _run
            .Bids.GroupBy(bid => bid.Auction)
            .SelectMany(auction =>
                auction.OrderByDescending(bid => bid.Price).Take(10).Select((bid, place) => new RankedBid(bid, place + 1))
            );
        NexmarkRun.AssertSame(expected, updates.GroupBy(update => (update.Bid.Auction, update.Rank)).Select(rank => rank.Last()));
        Assert.Contains(updates, update => update.Rank == 10);
    }

    private static string Text(Bid bid, string format) =>
        DateTimeOffset.FromUnixTimeMilliseconds(bid.DateTime).ToString(format, CultureInfo.InvariantCulture);

    private static long Bidders(IEnumerable<Bid> bids) => bids.Select(bid => bid.Bidder).Distinct().Count();

    private static long Auctions(IEnumerable<Bid> bids) => bids.Select(bid => bid.Auction).Distinct().Count();

    private static RankedCounts Ranks(IEnumerable<Bid> bids, Func<IEnumerable<Bid>, long> count)
    {
        Bid[] all = [.. bids];
        return new RankedCounts(
            count(all),
            count(all.Where(bid => bid.Price < 10_000)),
            count(all.Where(bid => bid.Price >= 10_000 && bid.Price < 1_000_000)),
            count(all.Where(bid => bid.Price >= 1_000_000))
        );
    }
}
