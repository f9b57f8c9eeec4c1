namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What the statistics need of a bid.</summary>
internal readonly record struct BidFigures(string Channel, long Auction, long Bidder, long Price, long DateTime)
{
    public static BidFigures Of(in NexmarkEvent e)
    {
        Bid bid = e.Bid;
        return new BidFigures(bid.Channel, bid.Auction, bid.Bidder, bid.Price, bid.DateTime);
    }
}
