namespace Millrace.Samples.Auctions;

/// <summary>A bid for one of some auctions (Nexmark query 2).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Price">In cents.</param>
public readonly record struct SelectedBid(long Auction, long Price);
