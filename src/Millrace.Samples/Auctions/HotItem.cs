namespace Millrace.Samples.Auctions;

/// <summary>An auction with the most bids of a window (Nexmark query 5).</summary>
/// <param name="WindowEnd">End of the window, exclusive, in milliseconds since the Unix epoch.</param>
/// <param name="Auction">The auction.</param>
/// <param name="Bids">Number of bids.</param>
public readonly record struct HotItem(long WindowEnd, long Auction, long Bids);
