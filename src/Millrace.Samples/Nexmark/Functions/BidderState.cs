namespace Millrace.Samples.Nexmark.Functions;

/// <summary>All that is known of a person who bids and sells; changed in place.</summary>
internal sealed class BidderState
{
    public Person? Person { get; set; }

    public List<Bid> Bids { get; set; } = [];

    public List<Auction> Auctions { get; set; } = [];
}
