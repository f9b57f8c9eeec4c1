namespace Millrace.Samples.Recommendation;

/// <summary>What to offer a user.</summary>
/// <param name="User">The user.</param>
/// <param name="Items">Items that the user has not met, best first.</param>
/// <param name="Timestamp">Of the interaction that led to it, in milliseconds since the Unix epoch.</param>
public sealed record UserRecommendation(string User, IReadOnlyList<ItemScore> Items, long Timestamp);
