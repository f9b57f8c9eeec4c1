namespace Millrace.Samples.Nexmark.Results;

/// <summary>A bid with the directories of its URL (query 22).</summary>
/// <param name="Auction">The auction.</param>
/// <param name="Bidder">Who bid.</param>
/// <param name="Price">In cents.</param>
/// <param name="Channel">Where the bid came in.</param>
/// <param name="Dir1">The first; <see langword="null"/> = there is none.</param>
/// <param name="Dir2">The second; <see langword="null"/> = there is none.</param>
/// <param name="Dir3">The third; <see langword="null"/> = there is none.</param>
public readonly record struct UrlBid(long Auction, long Bidder, long Price, string Channel, string? Dir1, string? Dir2, string? Dir3);
