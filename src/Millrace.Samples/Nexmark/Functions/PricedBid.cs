namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What patterns look at of a bid.</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="DateTime">Event time in milliseconds since the Unix epoch.</param>
internal readonly record struct PricedBid(long Auction, long Bidder, long Price, long DateTime);
