namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with its auction (query 20).</summary>
/// <param name="Bid">The bid.</param>
/// <param name="Auction">The auction.</param>
public readonly record struct ExpandedBid(Bid Bid, Auction Auction);
