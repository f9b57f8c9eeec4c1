namespace Millrace.Samples.Nexmark.Functions;

/// <summary>A person, or an auction of that person.</summary>
/// <param name="Person">The person.</param>
/// <param name="Name">The name; <see langword="null"/> = this is an auction.</param>
/// <param name="City">The person's city.</param>
/// <param name="State">The person's state.</param>
/// <param name="Auction">The auction; 0 = this is a person.</param>
internal readonly record struct SellerEvent(long Person, string? Name, string? City, string? State, long Auction);
