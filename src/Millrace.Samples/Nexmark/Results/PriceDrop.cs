namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid that was much lower than an earlier one of the same person for the same auction (pattern query 3).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Time">Of the lower bid, in milliseconds since the Unix epoch.</param>
/// <param name="Difference">In cents.</param>
public readonly record struct PriceDrop(long Auction, long Bidder, long Time, long Difference);
