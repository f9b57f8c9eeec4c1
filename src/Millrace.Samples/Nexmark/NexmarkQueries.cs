using Millrace.Api;
using Millrace.Samples.Auctions;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;
using Millrace.Windows;

namespace Millrace.Samples.Nexmark;

/// <summary>The queries of the benchmark, each a function from the events to its results, for any source and sink.</summary>
public static partial class NexmarkQueries
{
    private const int Buckets = 128;
    private const int SelectEvery = 123;

    /// <summary>Query 0: passes all bids through, with all their members. Measures everything around the query.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<Bid> PassThrough(DataStream<NexmarkEvent> events) => Bids(events);

    /// <summary>Query 1: prices in euros.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<EuroBid> CurrencyConversion(DataStream<NexmarkEvent> events) =>
        Bids(events)
            .Map(static bid => new EuroBid(bid.Auction, bid.Bidder, Euros.Of(bid.Price), bid.DateTime, bid.Extra))
            .WithUid("euros")
            .WithName("Prices in euros");

    /// <summary>Query 2: the bids for every 123rd auction.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<SelectedBid> Selection(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.IsBid && e.Bid.Auction % SelectEvery == 0)
            .Map(static e => new SelectedBid(e.Bid.Auction, e.Bid.Price))
            .WithUid("selection")
            .WithName("Selected bids");
    }

    /// <summary>Query 5: the auctions with the most bids, in sliding windows. Equal ones are all reported.</summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="size">Size of the windows; the benchmark's is 10 s.</param>
    /// <param name="slide">Distance between windows; the benchmark's is 2 s.</param>
    public static SingleOutputStreamOperator<HotItem> HotItems(DataStream<NexmarkEvent> events, TimeSpan size, TimeSpan slide)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.IsBid)
            .Map(static e => e.Bid.Auction)
            .KeyBy(static auction => auction)
            .Window(SlidingEventTimeWindows.Of(size, slide))
            .Aggregate(new CountAggregate<long>(), static (auction, window, bids) => new HotItem(window.End, auction, bids))
            .WithUid("bids-per-auction")
            .WithName("Bids per auction")
            .KeyBy(static item => item.WindowEnd)
            .Window(TumblingEventTimeWindows.Of(slide))
            .Aggregate(new BestAggregate<HotItem>(static item => item.Bids))
            .WithUid("hottest")
            .WithName("Hottest of each window")
            .FlatMap<HotItem>(
                static (best, output) =>
                {
                    foreach (HotItem item in best.Items)
                    {
                        output.Collect(item);
                    }
                }
            );
    }

    /// <summary>
    /// Query 7: the highest bid, in tumbling windows. Equal ones are all reported, and so is one at exactly the window's end, as the SQL
    /// has it.
    /// </summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="size">Size of the windows; the benchmark's is 10 s.</param>
    public static SingleOutputStreamOperator<HighestBid> HighestBids(DataStream<NexmarkEvent> events, TimeSpan size)
    {
        ArgumentNullException.ThrowIfNull(events);
        long milliseconds = (long)size.TotalMilliseconds;
        DataStream<HighestBid> bids = events
            .Filter(static e => e.IsBid)
            .Map(static e => new HighestBid(0, e.Bid.Auction, e.Bid.Bidder, e.Bid.Price, e.Bid.DateTime, e.Bid.Extra));
        DataStream<HighestBid> atEnd = bids.Filter(bid => bid.DateTime % milliseconds == 0)
            .Map(static bid => bid with { WindowEnd = bid.DateTime });

        // Two steps, as a hash of the bidder spreads over tasks what a single window over everything would send to one.
        return bids.KeyBy(static bid => (int)(bid.Bidder % Buckets))
            .Window(TumblingEventTimeWindows.Of(size))
            .Aggregate(
                new BestAggregate<HighestBid>(static bid => bid.Price),
                static (_, window, best) => new KeyValuePair<long, Best<HighestBid>>(window.End, best)
            )
            .WithUid("highest-per-bucket")
            .WithName("Highest bids per bucket")
            .FlatMap<HighestBid>(
                static (best, output) =>
                {
                    foreach (HighestBid bid in best.Value.Items)
                    {
                        output.Collect(bid with { WindowEnd = best.Key });
                    }
                }
            )
            .Union(atEnd)
            .KeyBy(static bid => bid.WindowEnd)
            .Process(new HighestBidFunction())
            .WithUid("highest-of-window")
            .WithName("Highest of each window");
    }

    /// <summary>Query 8: persons who registered and opened an auction in the same tumbling window.</summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="size">Size of the windows; the benchmark's is 10 s.</param>
    public static SingleOutputStreamOperator<NewSeller> NewSellers(DataStream<NexmarkEvent> events, TimeSpan size)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => !e.IsBid)
            .Map(static e =>
                e.TryGetPerson(out Person? person) ? new Registration(person.Id, person.Name) : new Registration(e.Auction!.Seller, null)
            )
            .KeyBy(static registration => registration.Person)
            .Window(TumblingEventTimeWindows.Of(size))
            .Aggregate(
                new SellerAggregate(),
                static (person, window, state) =>
                    new KeyValuePair<bool, NewSeller>(
                        state.HasAuction && state.Name is not null,
                        new NewSeller(person, state.Name ?? "", window.Start)
                    )
            )
            .WithUid("join")
            .WithName("Persons with auctions")
            .Filter(static seller => seller.Key)
            .Map(static seller => seller.Value);
    }

    private static SingleOutputStreamOperator<Bid> Bids(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events.Filter(static e => e.IsBid).Map(static e => e.Bid).WithUid("bids").WithName("Bids");
    }
}
