namespace Millrace.Samples.Nexmark;

/// <summary>A bid for an auction.</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">The person who bids.</param>
/// <param name="Price">In cents.</param>
/// <param name="Channel">Where the bid came in.</param>
/// <param name="Url">The page it was made on.</param>
/// <param name="DateTime">Event time in milliseconds since the Unix epoch.</param>
/// <param name="Extra">Fills the event up to its size.</param>
public readonly record struct Bid(long Auction, long Bidder, long Price, string Channel, string Url, long DateTime, string Extra);
