namespace Millrace.Samples.Nexmark.Results;

/// <summary>What a channel has seen on a day so far (query 16).</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Day">The day in UTC: <c>2015-07-15</c>.</param>
/// <param name="Minute">Hour and minute of the last bid, in UTC.</param>
/// <param name="Bids">Bids.</param>
/// <param name="Bidders">Distinct bidders.</param>
/// <param name="Auctions">Distinct auctions.</param>
public readonly record struct ChannelStatistics(
    string Channel,
    string Day,
    string Minute,
    RankedCounts Bids,
    RankedCounts Bidders,
    RankedCounts Auctions
);
