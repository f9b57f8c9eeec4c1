using Millrace.Api;
using Millrace.Connectors;
using Millrace.Samples.Auctions;
using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Xunit;

namespace Millrace.Embedded.Tests.Samples;

/// <summary>Each query against a plain computation over the same events.</summary>
public sealed class NexmarkQueryTests
{
    private const int Events = 60_000;
    private const long Size = 2_000;
    private const long Slide = 500;
    private readonly NexmarkGenerator _generator = new(new NexmarkOptions { EventsPerSecond = 5_000 });

    private IEnumerable<NexmarkEvent> All => Enumerable.Range(0, Events).Select(i => _generator.EventAt(i));

    private IEnumerable<Bid> Bids => All.Where(e => e.IsBid).Select(e => e.Bid);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldPassAllBidsThrough_WhenQueryIs0(int parallelism) =>
        Assert.Equal(Bids.Order(ByTime), (await RunAsync(NexmarkQueries.PassThrough, parallelism)).Order(ByTime));

    [Fact]
    public async Task ShouldConvertPrices_WhenQueryIs1()
    {
        IReadOnlyList<EuroBid> converted = await RunAsync(NexmarkQueries.CurrencyConversion, 1);
        Assert.Equal(Bids.Select(bid => new EuroBid(bid.Auction, bid.Bidder, bid.Price * 0.908m, bid.DateTime, bid.Extra)), converted);
    }

    [Fact]
    public async Task ShouldSelect_WhenQueryIs2()
    {
        IReadOnlyList<SelectedBid> selected = await RunAsync(NexmarkQueries.Selection, 1);
        Assert.Equal(Bids.Where(bid => bid.Auction % 123 == 0).Select(bid => new SelectedBid(bid.Auction, bid.Price)), selected);
        Assert.NotEmpty(selected);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldFindTheHottestOfEachWindow_WhenQueryIs5(int parallelism)
    {
        IEnumerable<HotItem> counts =
            from bid in Bids
            from end in EndsOf(bid.DateTime)
            group bid by (end, bid.Auction) into auction
            select new HotItem(auction.Key.end, auction.Key.Auction, auction.Count());
        HotItem[] expected =
        [
            .. counts
                .GroupBy(item => item.WindowEnd)
                .SelectMany(window => window.Where(item => item.Bids == window.Max(other => other.Bids))),
        ];
        IReadOnlyList<HotItem> actual = await RunAsync(
            events => NexmarkQueries.HotItems(events, TimeSpan.FromMilliseconds(Size), TimeSpan.FromMilliseconds(Slide)),
            parallelism
        );
        Assert.Equal(
            expected.OrderBy(item => item.WindowEnd).ThenBy(item => item.Auction),
            actual.OrderBy(item => item.WindowEnd).ThenBy(item => item.Auction)
        );
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldFindTheHighestBidOfEachWindow_WhenQueryIs7(int parallelism)
    {
        HighestBid[] expected =
        [
            .. Bids.GroupBy(bid => (bid.DateTime / Size * Size) + Size)
                .Select(window => (End: window.Key, Price: window.Max(bid => bid.Price)))
                .SelectMany(window =>
                    Bids.Where(bid => bid.Price == window.Price && bid.DateTime >= window.End - Size && bid.DateTime <= window.End)
                        .Select(bid => new HighestBid(window.End, bid.Auction, bid.Bidder, bid.Price, bid.DateTime, bid.Extra))
                ),
        ];
        IReadOnlyList<HighestBid> actual = await RunAsync(
            events => NexmarkQueries.HighestBids(events, TimeSpan.FromMilliseconds(Size)),
            parallelism
        );
        Assert.Equal(expected.OrderBy(bid => bid.DateTime), actual.OrderBy(bid => bid.DateTime));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldJoinPersonsAndAuctions_WhenQueryIs8(int parallelism)
    {
        HashSet<(long Person, long Window)> sellers =
        [
            .. All.Where(e => e.Auction is not null).Select(e => (e.Auction!.Seller, e.DateTime / Size * Size)),
        ];
        NewSeller[] expected =
        [
            .. All.Where(e => e.Person is not null)
                .Select(e => new NewSeller(e.Person!.Id, e.Person.Name, e.DateTime / Size * Size))
                .Where(person => sellers.Contains((person.Id, person.WindowStart))),
        ];
        IReadOnlyList<NewSeller> actual = await RunAsync(
            events => NexmarkQueries.NewSellers(events, TimeSpan.FromMilliseconds(Size)),
            parallelism
        );
        Assert.Equal(expected.OrderBy(seller => seller.Id), actual.OrderBy(seller => seller.Id));
        Assert.NotEmpty(actual);
    }

    private static Comparer<Bid> ByTime { get; } =
        Comparer<Bid>.Create(
            (a, b) =>
                (a.DateTime, a.Auction, a.Bidder, a.Price, a.Channel, a.Url, a.Extra).CompareTo(
                    (b.DateTime, b.Auction, b.Bidder, b.Price, b.Channel, b.Url, b.Extra)
                )
        );

    private static IEnumerable<long> EndsOf(long time)
    {
        for (long start = time / Slide * Slide; start > time - Size; start -= Slide)
        {
            yield return start + Size;
        }
    }

    private async Task<IReadOnlyList<T>> RunAsync<T>(Func<DataStream<NexmarkEvent>, DataStream<T>> query, int parallelism)
    {
        StreamExecutionEnvironment env = new StreamExecutionEnvironment().SetParallelism(parallelism);
        CollectSink<T> results = new();
        query(env.FromSource(_generator.AsSource(Events, splits: parallelism), NexmarkGenerator.Watermarks).WithUid("events"))
            .SinkTo(results)
            .WithUid("results");
        await env.ExecuteAsync("query", Deadline.Token());
        return results.Records;
    }
}
