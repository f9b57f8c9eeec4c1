using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Statistics of an auction and day, emitted with each bid.</summary>
internal sealed class AuctionStatisticsFunction : KeyedProcessFunction<(long Auction, long Day), BidFigures, AuctionStatistics>
{
    private IValueState<AuctionTotals> _totals = null!;

    public override void ProcessElement(
        BidFigures value,
        IKeyedProcessContext<(long Auction, long Day)> context,
        Collector<AuctionStatistics> output
    )
    {
        AuctionTotals totals = _totals.Value.Add(value.Price);
        _totals.Update(totals);
        output.Collect(
            new AuctionStatistics(
                value.Auction,
                NexmarkCalendar.Day(context.CurrentKey.Day),
                totals.Bids,
                totals.Min,
                totals.Max,
                totals.Sum / totals.Bids.Total,
                totals.Sum
            )
        );
    }

    protected override void Open() => _totals = RuntimeContext.GetState(new ValueStateDescriptor<AuctionTotals>("totals"));
}

/// <summary>The prices of an auction's bids.</summary>
internal readonly record struct AuctionTotals(RankedCounts Bids, long Min, long Max, long Sum)
{
    public AuctionTotals Add(long price)
    {
        RankedCounts bids = Bids.Plus(PriceRank.Of(price), Bids.Total + 1);
        return Bids.Total == 0
            ? new AuctionTotals(bids, price, price, price)
            : new AuctionTotals(bids, Math.Min(Min, price), Math.Max(Max, price), Sum + price);
    }
}
