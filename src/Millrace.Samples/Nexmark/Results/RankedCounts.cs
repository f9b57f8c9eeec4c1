namespace Millrace.Samples.Nexmark.Results;

/// <summary>Counts in all and by rank of price: below 10,000; below 1,000,000; above.</summary>
/// <param name="Total">In all.</param>
/// <param name="Rank1">Of the lowest rank.</param>
/// <param name="Rank2">Of the middle rank.</param>
/// <param name="Rank3">Of the highest rank.</param>
public readonly record struct RankedCounts(long Total, long Rank1, long Rank2, long Rank3);
