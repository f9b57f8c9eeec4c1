namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid and the rank that it has now among those of its auction (query 19). A later one takes the rank over.</summary>
/// <param name="Bid">The bid.</param>
/// <param name="Rank">From 1, the highest, to 10.</param>
public readonly record struct RankedBid(Bid Bid, int Rank);
