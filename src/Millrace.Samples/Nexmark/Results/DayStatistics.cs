namespace Millrace.Samples.Nexmark.Results;

/// <summary>What a day has seen so far (query 15).</summary>
/// <param name="Day">The day in UTC: <c>2015-07-15</c>.</param>
/// <param name="Bids">Bids.</param>
/// <param name="Bidders">Distinct bidders.</param>
/// <param name="Auctions">Distinct auctions.</param>
public readonly record struct DayStatistics(string Day, RankedCounts Bids, RankedCounts Bidders, RankedCounts Auctions);
