namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with its bidder and an auction that the bidder sells (query 23).</summary>
/// <param name="Bid">The bid.</param>
/// <param name="Person">The bidder.</param>
/// <param name="Auction">An auction of the bidder.</param>
public readonly record struct BidderSale(Bid Bid, Person Person, Auction Auction);
