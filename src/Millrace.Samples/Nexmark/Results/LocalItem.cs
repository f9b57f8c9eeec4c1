namespace Millrace.Samples.Nexmark.Results;

/// <summary>An item of a category that is sold in some states (query 3).</summary>
/// <param name="Name">The seller's name.</param>
/// <param name="City">The seller's city.</param>
/// <param name="State">The seller's state.</param>
/// <param name="Auction">The auction.</param>
public readonly record struct LocalItem(string Name, string City, string State, long Auction);
