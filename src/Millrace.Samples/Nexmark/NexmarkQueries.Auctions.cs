using Millrace.Api;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark;

/// <content>Queries that join auctions with persons or bids.</content>
public static partial class NexmarkQueries
{
    private const long LocalCategory = 10;

    /// <summary>
    /// Query 3: who sells items of a category in Oregon, Idaho or California. Keeps persons and auctions for ever, as the benchmark does.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<LocalItem> LocalItems(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.Auction is { } auction ? auction.Category == LocalCategory : e.Person is { State: "OR" or "ID" or "CA" })
            .Map(static e =>
                e.TryGetPerson(out Person? person)
                    ? new SellerEvent(person.Id, person.Name, person.City, person.State, 0)
                    : new SellerEvent(e.Auction!.Seller, null, null, null, e.Auction.Id)
            )
            .KeyBy(static e => e.Person)
            .Process(new LocalItemFunction())
            .WithUid("local-items")
            .WithName("Items of local sellers");
    }

    /// <summary>Query 4: average closing price per category, with each auction that closes.</summary>
    /// <param name="events">The events, with watermarks.</param>
    public static SingleOutputStreamOperator<CategoryPrice> CategoryPrices(DataStream<NexmarkEvent> events) =>
        ClosedAuctions(events)
            .KeyBy(static auction => auction.Category)
            .Process(new CategoryPriceFunction())
            .WithUid("category-prices")
            .WithName("Average price per category");

    /// <summary>Query 6: average of each seller's last ten closing prices, with each auction that closes.</summary>
    /// <param name="events">The events, with watermarks.</param>
    public static SingleOutputStreamOperator<SellerPrice> SellerPrices(DataStream<NexmarkEvent> events) =>
        ClosedAuctions(events)
            .KeyBy(static auction => auction.Seller)
            .Process(new SellerPriceFunction())
            .WithUid("seller-prices")
            .WithName("Average price per seller");

    /// <summary>
    /// Query 9: the winning bid of each auction, once it has closed. As in the original benchmark: a result is final, where Flink's SQL
    /// revises it with each higher bid.
    /// </summary>
    /// <param name="events">The events, with watermarks.</param>
    public static SingleOutputStreamOperator<WinningBid> WinningBids(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.Person is null)
            .KeyBy(static e => e.Auction is { } auction ? auction.Id : e.Bid.Auction)
            .Process(new WinningBidFunction())
            .WithUid("winning-bids")
            .WithName("Winning bids");
    }

    /// <summary>
    /// Query 20: bids with their auctions, those of one category. Keeps auctions for ever, and bids whose auction is still unknown.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<ExpandedBid> ExpandedBids(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.Person is null)
            .KeyBy(static e => e.Auction is { } auction ? auction.Id : e.Bid.Auction)
            .Process(new ExpandingFunction(LocalCategory))
            .WithUid("expanded-bids")
            .WithName("Bids with auctions");
    }

    /// <summary>
    /// Query 23: bids with their bidders and every auction that the bidder sells. Keeps all events for ever, as the benchmark does.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<BidderSale> BidderSales(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .KeyBy(static e =>
                e.Auction is { } auction ? auction.Seller
                : e.Person is { } person ? person.Id
                : e.Bid.Bidder
            )
            .Process(new BidderSaleFunction())
            .WithUid("bidder-sales")
            .WithName("Bids, bidders and their auctions");
    }

    private static SingleOutputStreamOperator<ClosedAuction> ClosedAuctions(DataStream<NexmarkEvent> events) =>
        WinningBids(events)
            .Map(static w => new ClosedAuction(w.Auction.Id, w.Auction.Category, w.Auction.Seller, w.Bid.Price, w.Auction.Expires))
            .WithUid("closed")
            .WithName("Closed auctions");
}
