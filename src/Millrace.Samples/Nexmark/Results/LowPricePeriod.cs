namespace Millrace.Samples.Nexmark.Results;

/// <summary>
/// A period in which the average of one person's bids for an auction stayed low (pattern queries 1 and 2). Times are in milliseconds since
/// the Unix epoch.
/// </summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Start">Of the first bid.</param>
/// <param name="End">Of the last bid.</param>
/// <param name="AveragePrice">In cents, rounded down.</param>
public readonly record struct LowPricePeriod(long Auction, long Bidder, long Start, long End, long AveragePrice);
