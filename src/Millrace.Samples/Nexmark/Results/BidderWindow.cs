namespace Millrace.Samples.Nexmark.Results;

/// <summary>Bids of one person in a session (query 11) or a window of processing time (query 12).</summary>
/// <param name="Bidder">Who bid.</param>
/// <param name="Bids">Number of bids.</param>
/// <param name="Start">Start, in milliseconds since the Unix epoch.</param>
/// <param name="End">End, exclusive, in milliseconds since the Unix epoch.</param>
public readonly record struct BidderWindow(long Bidder, long Bids, long Start, long End);
