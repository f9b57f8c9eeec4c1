namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What is known of an auction whose bids are expanded; changed in place.</summary>
internal sealed class ExpandingState
{
    /// <summary>Whether the auction is of another category: its bids are dropped.</summary>
    public bool IsPassedOver { get; set; }

    public Auction? Auction { get; set; }

    /// <summary>Bids that came before the auction.</summary>
    public List<Bid>? Waiting { get; set; }
}
