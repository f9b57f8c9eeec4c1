namespace Millrace.Samples.Nexmark.Results;

/// <summary>Average closing price of a category so far (query 4).</summary>
/// <param name="Category">The category.</param>
/// <param name="Average">In cents, rounded down.</param>
public readonly record struct CategoryPrice(long Category, long Average);
