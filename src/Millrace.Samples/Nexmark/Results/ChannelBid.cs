namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with the number of its channel (query 21).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="Channel">Where the bid came in.</param>
/// <param name="ChannelId">The number.</param>
public readonly record struct ChannelBid(long Auction, long Bidder, long Price, string Channel, string ChannelId);
