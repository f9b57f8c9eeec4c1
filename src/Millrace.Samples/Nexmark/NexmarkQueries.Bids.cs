using Millrace.Api;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark;

/// <content>Queries that look at one bid at a time.</content>
public static partial class NexmarkQueries
{
    // More than 1,000,000 and less than 50,000,000 euro cents. Neither is 0.908 times a whole price.
    private const long LastBelowRange = 1_000_000_000 / Euros.Thousandths;
    private const long FirstAboveRange = (50_000_000_000 / Euros.Thousandths) + 1;

    /// <summary>Query 10: all bids, with the day and minute that the log is partitioned by.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<LoggedBid> BidLog(DataStream<NexmarkEvent> events) =>
        Bids(events)
            .Map(static bid => new LoggedBid(
                bid.Auction,
                bid.Bidder,
                bid.Price,
                bid.DateTime,
                bid.Extra,
                NexmarkCalendar.Day(NexmarkCalendar.DayOf(bid.DateTime)),
                NexmarkCalendar.MinuteOfDay(bid.DateTime)
            ))
            .WithUid("log")
            .WithName("Bids with partitions");

    /// <summary>Query 13: bids with what a bounded side input says of their auction; those that it says nothing of are dropped.</summary>
    /// <param name="events">The events.</param>
    /// <param name="sideInput">The side input, complete before the job starts.</param>
    public static SingleOutputStreamOperator<EnrichedBid> EnrichedBids(
        DataStream<NexmarkEvent> events,
        IReadOnlyDictionary<long, string> sideInput
    )
    {
        ArgumentNullException.ThrowIfNull(sideInput);
        return Bids(events)
            .FlatMap<EnrichedBid>(
                (bid, output) =>
                {
                    if (sideInput.TryGetValue(bid.Auction % NexmarkSideInput.Rows, out string? value))
                    {
                        output.Collect(new EnrichedBid(bid.Auction, bid.Bidder, bid.Price, bid.DateTime, value));
                    }
                }
            )
            .WithUid("enriched")
            .WithName("Bids with side input");
    }

    /// <summary>
    /// Query 14: bids in a range of prices, in euros, with their time of day and the number of times that a letter occurs.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<ClassifiedBid> ClassifiedBids(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.IsBid && e.Bid.Price is > LastBelowRange and < FirstAboveRange)
            .Map(static e =>
            {
                Bid bid = e.Bid;
                return new ClassifiedBid(
                    bid.Auction,
                    bid.Bidder,
                    Euros.Of(bid.Price),
                    BidTexts.TimeOfDay(bid.DateTime),
                    bid.DateTime,
                    bid.Extra,
                    bid.Extra.AsSpan().Count('c')
                );
            })
            .WithUid("classified")
            .WithName("Classified bids");
    }

    /// <summary>
    /// Query 21: bids with the number of their channel, known or cut out of the URL by a regular expression; bids without one are dropped.
    /// </summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<ChannelBid> ChannelBids(DataStream<NexmarkEvent> events) =>
        Bids(events)
            .FlatMap<ChannelBid>(
                static (bid, output) =>
                {
                    if (BidTexts.ChannelId(bid.Channel, bid.Url) is { } id)
                    {
                        output.Collect(new ChannelBid(bid.Auction, bid.Bidder, bid.Price, bid.Channel, id));
                    }
                }
            )
            .WithUid("channels")
            .WithName("Bids with channel numbers");

    /// <summary>Query 22: bids with the directories of their URL.</summary>
    /// <param name="events">The events.</param>
    public static SingleOutputStreamOperator<UrlBid> UrlBids(DataStream<NexmarkEvent> events) =>
        Bids(events)
            .Map(static bid => new UrlBid(
                bid.Auction,
                bid.Bidder,
                bid.Price,
                bid.Channel,
                BidTexts.Directory(bid.Url, 1),
                BidTexts.Directory(bid.Url, 2),
                BidTexts.Directory(bid.Url, 3)
            ))
            .WithUid("directories")
            .WithName("Bids with directories");
}
