namespace Millrace.Samples.Recommendation;

/// <summary>A user has looked at, or bought, an item.</summary>
/// <param name="User">The user.</param>
/// <param name="Item">The item.</param>
/// <param name="Timestamp">When, in milliseconds since the Unix epoch.</param>
public sealed record Interaction(string User, string Item, long Timestamp);
