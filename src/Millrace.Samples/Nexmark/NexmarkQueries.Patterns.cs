using Millrace.Api;
using Millrace.Patterns;
using Millrace.Samples.Nexmark.Functions;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark;

/// <content>The benchmark's queries with <c>MATCH_RECOGNIZE</c>, all on the bids of one person for one auction, in order of time. In them
/// <c>+</c> and <c>*</c> are greedy, and rows of a pattern lie next to each other.</content>
public static partial class NexmarkQueries
{
    private const long LowPrice = 10_000;
    private const long Drop = 50;

    /// <summary>
    /// Pattern query 0: falling prices, up to the bid that is higher than the last but one that fell: <c>(START_ROW PRICE_DOWN+
    /// PRICE_UP)</c>, <c>SKIP TO LAST PRICE_UP</c>.
    /// </summary>
    /// <param name="events">The events, with watermarks.</param>
    public static SingleOutputStreamOperator<PriceDecline> PriceDeclines(DataStream<NexmarkEvent> events)
    {
        Pattern<PricedBid> pattern = Pattern
            .Begin<PricedBid>("start", AfterMatchSkipStrategy.SkipToLast("up").ThrowExceptionOnMiss())
            .Next("down")
            .Where(
                static (bid, context) =>
                {
                    IReadOnlyList<PricedBid> down = context.GetEventsForPattern("down");
                    return bid.Price < (down.Count > 0 ? down[^1] : context.GetEventsForPattern("start")[0]).Price;
                }
            )
            .OneOrMore()
            .Consecutive()
            .Greedy()
            .Next("up")
            .Where(
                static (bid, context) =>
                {
                    // LAST(PRICE_DOWN.price, 1) is the last but one, and NULL where there is only one.
                    IReadOnlyList<PricedBid> down = context.GetEventsForPattern("down");
                    return down.Count > 1 && bid.Price > down[^2].Price;
                }
            );
        return CEP.Pattern(BidsPerPersonAndAuction(events), pattern)
            .Select(static match =>
            {
                PricedBid start = match["start"][0];
                return new PriceDecline(start.Auction, start.Bidder, start.DateTime, match["down"][^1].DateTime, match["up"][0].DateTime);
            })
            .WithUid("declines")
            .WithName("Price declines");
    }

    /// <summary>Pattern queries 1 and 2: bids whose average price is low, up to the one that makes it too high: <c>(A+ B)</c>.</summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="skipStrategy">Query 1: <c>SKIP PAST LAST ROW</c>; query 2: <c>SKIP TO NEXT ROW</c>.</param>
    public static SingleOutputStreamOperator<LowPricePeriod> LowPricePeriods(
        DataStream<NexmarkEvent> events,
        AfterMatchSkipStrategy skipStrategy
    )
    {
        Pattern<PricedBid> pattern = Pattern
            .Begin<PricedBid>("low", skipStrategy)
            .Where(
                static (bid, context) =>
                {
                    IReadOnlyList<PricedBid> low = context.GetEventsForPattern("low");
                    return SumOf(low) + bid.Price < LowPrice * (low.Count + 1);
                }
            )
            .OneOrMore()
            .Consecutive()
            .Greedy()
            .Next("high");
        return CEP.Pattern(BidsPerPersonAndAuction(events), pattern)
            .Select(static match =>
            {
                IReadOnlyList<PricedBid> low = match["low"];
                return new LowPricePeriod(low[0].Auction, low[0].Bidder, low[0].DateTime, low[^1].DateTime, SumOf(low) / low.Count);
            })
            .WithUid("low-price-periods")
            .WithName("Periods of low prices");
    }

    /// <summary>
    /// Pattern query 3: a price that drops by more than 50 within a time: <c>(A B* C) WITHIN</c>, <c>SKIP PAST LAST ROW</c>.
    /// </summary>
    /// <param name="events">The events, with watermarks.</param>
    /// <param name="within">The time; the benchmark's is 5 s.</param>
    public static SingleOutputStreamOperator<PriceDrop> PriceDrops(DataStream<NexmarkEvent> events, TimeSpan within)
    {
        Pattern<PricedBid> pattern = Pattern
            .Begin<PricedBid>("a", AfterMatchSkipStrategy.SkipPastLastEvent())
            .Next("b")
            .Where(static (bid, context) => bid.Price > context.GetEventsForPattern("a")[0].Price - Drop)
            .OneOrMore()
            .Consecutive()
            .Greedy()
            .Optional()
            .Next("c")
            .Where(static (bid, context) => bid.Price < context.GetEventsForPattern("a")[0].Price - Drop)
            .Within(within);
        return CEP.Pattern(BidsPerPersonAndAuction(events), pattern)
            .Select(static match =>
            {
                PricedBid last = match["c"][0];
                return new PriceDrop(last.Auction, last.Bidder, last.DateTime, match["a"][0].Price - last.Price);
            })
            .WithUid("drops")
            .WithName("Price drops");
    }

    private static long SumOf(IReadOnlyList<PricedBid> bids)
    {
        long sum = 0;
        for (int i = 0; i < bids.Count; i++)
        {
            sum += bids[i].Price;
        }

        return sum;
    }

    private static KeyedStream<(long Auction, long Bidder), PricedBid> BidsPerPersonAndAuction(DataStream<NexmarkEvent> events)
    {
        ArgumentNullException.ThrowIfNull(events);
        return events
            .Filter(static e => e.IsBid)
            .Map(static e => new PricedBid(e.Bid.Auction, e.Bid.Bidder, e.Bid.Price, e.Bid.DateTime))
            .KeyBy(static bid => (bid.Auction, bid.Bidder));
    }
}
