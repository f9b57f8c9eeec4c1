namespace Millrace.Samples.Nexmark.Results;

/// <summary>Average of a seller's last closing prices (query 6).</summary>
/// <param name="Seller">The seller.</param>
/// <param name="Average">In cents, rounded down.</param>
public readonly record struct SellerPrice(long Seller, long Average);
