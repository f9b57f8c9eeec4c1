namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What is known of an auction until it closes; changed in place.</summary>
internal sealed class OpenAuction
{
    public Auction? Auction { get; set; }

    /// <summary>The best bid so far.</summary>
    public Bid? Winner { get; set; }

    /// <summary>Bids that came before their auction: channels have no order between them.</summary>
    public List<Bid>? Early { get; set; }

    public void Open(Auction auction)
    {
        Auction = auction;
        if (Early is not { } early)
        {
            return;
        }

        foreach (Bid bid in early)
        {
            Offer(auction, bid);
        }

        Early = null;
    }

    public void Offer(Auction auction, in Bid bid)
    {
        if (bid.DateTime < auction.DateTime || bid.DateTime > auction.Expires)
        {
            return;
        }

        if (Winner is not { } winner || bid.Price > winner.Price || (bid.Price == winner.Price && bid.DateTime < winner.DateTime))
        {
            Winner = bid;
        }
    }

    /// <summary>Drops bids that no auction can still come for. Returns whether none is left.</summary>
    public bool DropEarly(long upTo)
    {
        List<Bid> early = Early ??= [];
        for (int i = early.Count - 1; i >= 0; i--)
        {
            if (early[i].DateTime <= upTo)
            {
                early.RemoveAt(i);
            }
        }

        return early.Count == 0;
    }
}
