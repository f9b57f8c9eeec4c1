using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark.Functions;

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
