namespace Millrace.Samples.Recommendation;

/// <summary>The items that most often occur with an item, for a user who has met that.</summary>
/// <param name="User">The user.</param>
/// <param name="Item">The item.</param>
/// <param name="Scores">The items most often met with it, best first.</param>
/// <param name="Timestamp">When the user met the item, in milliseconds since the Unix epoch.</param>
public sealed record Neighbours(string User, string Item, IReadOnlyList<ItemScore> Scores, long Timestamp);
