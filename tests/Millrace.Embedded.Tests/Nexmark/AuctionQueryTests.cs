using Millrace.Samples.Nexmark;
using Millrace.Samples.Nexmark.Results;
using Millrace.Testing;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

/// <summary>The queries that join auctions with persons or bids, against plain computations over the same events.</summary>
public sealed class AuctionQueryTests
{
    private readonly NexmarkRun _run = NexmarkRun.Shared;

    private IReadOnlyList<WinningBid> Winners =>
        [
            .. _run
                .Auctions.GroupJoin(
                    _run.Bids,
                    auction => auction.Id,
                    bid => bid.Auction,
                    (auction, bids) =>
                        (auction, open: bids.Where(bid => bid.DateTime >= auction.DateTime && bid.DateTime <= auction.Expires))
                )
                .Where(pair => pair.open.Any())
                .Select(pair => new WinningBid(
                    pair.auction,
                    pair.open.OrderByDescending(bid => bid.Price).ThenBy(bid => bid.DateTime).First()
                )),
        ];

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldJoinSellersOfSomeStates_WhenQueryIs3(int parallelism)
    {
        IEnumerable<LocalItem> expected =
            from auction in _run.Auctions
            join person in _run.Persons on auction.Seller equals person.Id
            where person.State is "OR" or "ID" or "CA"
            where auction.Category == 10
            select new LocalItem(person.Name, person.City, person.State, auction.Id);
        NexmarkRun.AssertSame(expected, await _run.RunAsync(NexmarkQueries.LocalItems, parallelism, parallelism));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldAverageClosingPrices_WhenQueryIs4(int parallelism)
    {
        IReadOnlyList<CategoryPrice> updates = await _run.RunAsync(NexmarkQueries.CategoryPrices, parallelism, parallelism);
        IReadOnlyList<WinningBid> winners = Winners;
        NexmarkRun.AssertSame(
            winners
                .GroupBy(winner => winner.Auction.Category)
                .Select(category => new CategoryPrice(category.Key, category.Sum(winner => winner.Bid.Price) / category.Count())),
            updates.GroupBy(update => update.Category).Select(category => category.Last())
        );
        Assert.Equal(winners.Count, updates.Count);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldAverageTheLastTenPricesOfSellers_WhenQueryIs6(int parallelism)
    {
        IReadOnlyList<SellerPrice> actual = await _run.RunAsync(NexmarkQueries.SellerPrices, parallelism, parallelism);
        IEnumerable<SellerPrice> expected = Winners
            .GroupBy(winner => winner.Auction.Seller)
            .SelectMany(seller =>
            {
                long[] prices =
                [
                    .. seller
                        .OrderBy(winner => winner.Auction.Expires)
                        .ThenBy(winner => winner.Auction.Id)
                        .Select(winner => winner.Bid.Price),
                ];
                return prices.Select(
                    (_, last) => new SellerPrice(seller.Key, (long)prices.Take(last + 1).TakeLast(10).Average(price => (decimal)price))
                );
            });

        // Sellers come in any order, the prices of each in the order of their auctions' ends.
        Assert.Equal(expected.OrderBy(price => price.Seller), actual.OrderBy(price => price.Seller));
        Assert.Contains(actual.GroupBy(price => price.Seller), seller => seller.Count() > 10);
    }

    // With one split, equal bids are told apart by the order in which they came.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldFindWinners_WhenQueryIs9(int parallelism) =>
        NexmarkRun.AssertSame(Winners, await _run.RunAsync(NexmarkQueries.WinningBids, parallelism, splits: 1));

    [Fact]
    public async Task ShouldFindPricesAndTimesOfWinners_WhenEventsOfQuery9ComeOutOfOrder() =>
        NexmarkRun.AssertSame(
            Winners.Select(winner => (winner.Auction, winner.Bid.Price, winner.Bid.DateTime)),
            (await _run.RunAsync(NexmarkQueries.WinningBids, 3, splits: 5)).Select(winner =>
                (winner.Auction, winner.Bid.Price, winner.Bid.DateTime)
            )
        );

    [Fact]
    public void ShouldTakeBidsOfTheFirstAndLastMoment_WhenTheyCameBeforeTheirAuction()
    {
        TestSource<NexmarkEvent> source = new();
        TestSink<WinningBid> sink = new();
        using JobTestDriver driver = JobTestDriver.Start(env =>
            NexmarkQueries.WinningBids(env.FromSource(source, source.Watermarks).WithUid("events")).SinkTo(sink).WithUid("results")
        );
        Auction first = AuctionOf(1);
        Auction second = AuctionOf(2);
        source.Add(BidOf(1, price: 50, time: 99), 99);
        source.Add(BidOf(1, price: 10, time: 100), 100);
        source.Add(new NexmarkEvent(first), 100);
        source.Add(BidOf(1, price: 60, time: 201), 201);
        source.Add(new NexmarkEvent(second), 100);
        source.Add(BidOf(2, price: 20, time: 200), 200);
        source.AddWatermark(199);
        driver.RunUntilIdle();
        Assert.Empty(sink.Values);
        source.AddWatermark(200);
        driver.RunUntilIdle();
        NexmarkRun.AssertSame([new WinningBid(first, BidOf(1, 10, 100).Bid), new WinningBid(second, BidOf(2, 20, 200).Bid)], sink.Values);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldExpandBids_WhenQueryIs20(int parallelism)
    {
        IEnumerable<ExpandedBid> expected =
            from bid in _run.Bids
            join auction in _run.Auctions on bid.Auction equals auction.Id
            where auction.Category == 10
            select new ExpandedBid(bid, auction);
        NexmarkRun.AssertSame(expected, await _run.RunAsync(NexmarkQueries.ExpandedBids, parallelism, parallelism));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task ShouldJoinBidsPersonsAndSales_WhenQueryIs23(int parallelism)
    {
        IEnumerable<BidderSale> expected =
            from bid in _run.Bids
            join person in _run.Persons on bid.Bidder equals person.Id
            join auction in _run.Auctions on bid.Bidder equals auction.Seller
            select new BidderSale(bid, person, auction);
        NexmarkRun.AssertSame(expected, await _run.RunAsync(NexmarkQueries.BidderSales, parallelism, parallelism));
    }

    private static NexmarkEvent BidOf(long auction, long price, long time) => new(new Bid(auction, 7, price, "channel", "url", time, ""));

    private static Auction AuctionOf(long id) => new(id, "item", "", 1, 1, 100, 200, 8, 10, "");
}
