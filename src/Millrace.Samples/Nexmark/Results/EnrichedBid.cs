namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with what the side input says (query 13).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="DateTime">When, in milliseconds since the Unix epoch.</param>
/// <param name="Value">The value of the side input.</param>
public readonly record struct EnrichedBid(long Auction, long Bidder, long Price, long DateTime, string Value);
