namespace Millrace.Samples.Recommendation;

/// <summary>An item and how well it fits.</summary>
/// <param name="Item">The item.</param>
/// <param name="Score">Number of co-occurrences.</param>
public readonly record struct ItemScore(string Item, long Score);
