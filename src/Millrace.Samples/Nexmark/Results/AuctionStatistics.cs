namespace Millrace.Samples.Nexmark.Results;

/// <summary>The bids of an auction on a day so far (query 17).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Day">The day in UTC: <c>2015-07-15</c>.</param>
/// <param name="Bids">Bids.</param>
/// <param name="MinPrice">Lowest price.</param>
/// <param name="MaxPrice">Highest price.</param>
/// <param name="AveragePrice">Average price, rounded down.</param>
/// <param name="SumPrice">Sum of the prices.</param>
public readonly record struct AuctionStatistics(
    long Auction,
    string Day,
    RankedCounts Bids,
    long MinPrice,
    long MaxPrice,
    long AveragePrice,
    long SumPrice
);
