using Millrace.Api;
using Millrace.Samples.Auctions;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;
using Millrace.Windows;

namespace Millrace.Samples.Nexmark;

/// <content>Queries that count and rank bids.</content>
public static partial class NexmarkQueries
{
    /// <summary>Query 11: the number of bids of each person in each session.</summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="gap">What ends a session; the benchmark's is 10 s.</param>
    public static SingleOutputStreamOperator<BidderWindow> UserSessions(DataStream<NexmarkEvent> events, TimeSpan gap) =>
        Bidders(events)
            .Window(EventTimeSessionWindows.WithGap(gap))
            .Aggregate(
                new CountAggregate<long>(),
                static (bidder, window, bids) => new BidderWindow(bidder, bids, window.Start, window.End)
            )
            .WithUid("sessions")
            .WithName("Bids per session");

    /// <summary>
    /// Query 12: the number of bids of each person in tumbling windows of processing time. What an ended source leaves in open windows is
    /// not reported, as in Flink.
    /// </summary>
    /// <param name="events">The events.</param>
    /// <param name="size">Size of the windows; the benchmark's is 10 s.</param>
    public static SingleOutputStreamOperator<BidderWindow> ProcessingTimeWindows(DataStream<NexmarkEvent> events, TimeSpan size) =>
        Bidders(events)
            .Window(TumblingProcessingTimeWindows.Of(size))
            .Aggregate(
                new CountAggregate<long>(),
                static (bidder, window, bids) => new BidderWindow(bidder, bids, window.Start, window.End)
            )
            .WithUid("windows")
            .WithName("Bids per window of processing time");

    /// <summary>
    /// Query 15: bids, distinct bidders and distinct auctions of each day, in all and by rank of price, with each bid. All bids of a day go
    /// to one task.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<DayStatistics> Days(DataStream<NexmarkEvent> events) =>
        Figures(events)
            .KeyBy(static bid => NexmarkCalendar.DayOf(bid.DateTime))
            .Process(new DayStatisticsFunction())
            .WithUid("days")
            .WithName("Statistics per day");

    /// <summary>Query 16: as query 15, for each channel and day.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<ChannelStatistics> Channels(DataStream<NexmarkEvent> events) =>
        Figures(events)
            .KeyBy(static bid => (bid.Channel, NexmarkCalendar.DayOf(bid.DateTime)))
            .Process(new ChannelStatisticsFunction())
            .WithUid("channels")
            .WithName("Statistics per channel");

    /// <summary>Query 17: number of bids by rank of price, and prices, for each auction and day, with each bid.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<AuctionStatistics> Auctions(DataStream<NexmarkEvent> events) =>
        Figures(events)
            .KeyBy(static bid => (bid.Auction, NexmarkCalendar.DayOf(bid.DateTime)))
            .Process(new AuctionStatisticsFunction())
            .WithUid("auctions")
            .WithName("Statistics per auction");

    /// <summary>Query 18: the last bid of each person for each auction; each bid that is the last one so far.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<Bid> LastBids(DataStream<NexmarkEvent> events) =>
        Bids(events)
            .KeyBy(static bid => (bid.Bidder, bid.Auction))
            .Process(new LastBidFunction())
            .WithUid("last-bids")
            .WithName("Last bids");

    /// <summary>Query 19: the ten highest bids of each auction, with their ranks, whenever these change.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<RankedBid> TopBids(DataStream<NexmarkEvent> events) =>
        Bids(events).KeyBy(static bid => bid.Auction).Process(new TopBidsFunction()).WithUid("top-bids").WithName("Highest bids");

    private static KeyedStream<long, long> Bidders(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events.Filter(static e => e.IsBid).Map(static e => e.Bid.Bidder).KeyBy(static bidder => bidder);
    }

    private static SingleOutputStreamOperator<BidFigures> Figures(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events.Filter(static e => e.IsBid).Map(static e => BidFigures.Of(e));
    }
}
