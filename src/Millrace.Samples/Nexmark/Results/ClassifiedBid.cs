namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with a price in euros and its time of day (query 14).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In euro cents, with three decimals.</param>
/// <param name="TimeOfDay"><c>dayTime</c>, <c>nightTime</c> or <c>otherTime</c>.</param>
/// <param name="DateTime">When, in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the bid up to its size.</param>
/// <param name="Count">How often the letter c occurs in <paramref name="Extra"/>.</param>
public readonly record struct ClassifiedBid(
    long Auction,
    long Bidder,
    decimal Price,
    string TimeOfDay,
    long DateTime,
    string Extra,
    long Count
);
