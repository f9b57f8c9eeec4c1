namespace Millrace.Samples.Nexmark.Results;

/// <summary>An auction that has closed, with the bid that won it (query 9).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bid">The highest bid while it was open; of equal ones, the first.</param>
public readonly record struct WinningBid(Auction Auction, Bid Bid);
