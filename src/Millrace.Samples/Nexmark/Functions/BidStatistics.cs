using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Bids, distinct bidders and distinct auctions of one group; changed in place.</summary>
internal sealed class BidStatistics
{
    public RankedCounts Bids { get; set; }

    public DistinctCounts Bidders { get; set; } = new();

    public DistinctCounts Auctions { get; set; } = new();

    /// <summary>Time of the last bid, in milliseconds since the Unix epoch.</summary>
    public long LastTime { get; set; } = long.MinValue;

    public void Add(in BidFigures bid)
    {
        int rank = PriceRank.Of(bid.Price);
        Bids = Bids.Plus(rank, Bids.Total + 1);
        Bidders.Add(bid.Bidder, rank);
        Auctions.Add(bid.Auction, rank);
        LastTime = Math.Max(LastTime, bid.DateTime);
    }
}
