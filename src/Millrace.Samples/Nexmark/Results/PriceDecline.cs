namespace Millrace.Samples.Nexmark.Results;

/// <summary>
/// A period in which one person's bids for an auction fell and rose again (pattern query 0). Times are in milliseconds since the Unix
/// epoch.
/// </summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Start">Of the bid before the first lower one.</param>
/// <param name="Bottom">Of the lowest bid.</param>
/// <param name="End">Of the bid that was higher again.</param>
public readonly record struct PriceDecline(long Auction, long Bidder, long Start, long Bottom, long End);
