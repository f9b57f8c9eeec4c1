namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What the averages need of a closed auction.</summary>
internal readonly record struct ClosedAuction(long Auction, long Category, long Seller, long Price, long Expires);
