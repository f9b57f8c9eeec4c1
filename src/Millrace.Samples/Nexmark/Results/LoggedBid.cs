namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid in a log that is partitioned by day and minute (query 10).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="DateTime">When, in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the bid up to its size.</param>
/// <param name="Day">The day in UTC: <c>2015-07-15</c>.</param>
/// <param name="Minute">Hour and minute in UTC: <c>13:05</c>.</param>
public readonly record struct LoggedBid(long Auction, long Bidder, long Price, long DateTime, string Extra, string Day, string Minute);
