namespace Millrace.Samples.Auctions;

/// <summary>What is known about a person in one window.</summary>
/// <param name="Name">The name, when the person registered in it.</param>
/// <param name="HasAuction">Whether the person opened an auction in it.</param>
public readonly record struct SellerState(string? Name, bool HasAuction);
