namespace Millrace.Samples.Auctions;

/// <summary>What query 8 joins: a person who registered, or a seller who opened an auction.</summary>
/// <param name="Person">The person or seller.</param>
/// <param name="Name">The name when somebody registered; <see langword="null"/> for an auction.</param>
public readonly record struct Registration(long Person, string? Name);
