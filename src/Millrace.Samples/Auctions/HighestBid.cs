namespace Millrace.Samples.Auctions;

/// <summary>The highest bid of a window (Nexmark query 7).</summary>
/// <param name="WindowEnd">End of the window, exclusive, in milliseconds since the Unix epoch.</param>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="DateTime">When, in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the bid up to its size.</param>
public readonly record struct HighestBid(long WindowEnd, long Auction, long Bidder, long Price, long DateTime, string Extra);
