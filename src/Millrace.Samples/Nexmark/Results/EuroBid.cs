namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with its price in euros (query 1).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In euro cents, with three decimals.</param>
/// <param name="DateTime">When, in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the bid up to its size.</param>
public readonly record struct EuroBid(long Auction, long Bidder, decimal Price, long DateTime, string Extra);
