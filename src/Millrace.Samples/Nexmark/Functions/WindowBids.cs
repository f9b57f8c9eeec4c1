using Millrace.Samples.Auctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What is known of a window until it closes; changed in place.</summary>
internal sealed class WindowBids
{
    /// <summary>The highest bids in the window.</summary>
    public List<HighestBid> Highest { get; set; } = [];

    /// <summary>Bids at exactly its end.</summary>
    public List<HighestBid> AtEnd { get; set; } = [];

    public void Add(in HighestBid bid)
    {
        if (bid.DateTime == bid.WindowEnd)
        {
            AtEnd.Add(bid);
            return;
        }

        if (Highest is [var highest, ..])
        {
            if (bid.Price < highest.Price)
            {
                return;
            }

            if (bid.Price > highest.Price)
            {
                Highest.Clear();
            }
        }

        Highest.Add(bid);
    }
}
