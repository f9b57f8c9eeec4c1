namespace Millrace.Samples.Recommendation;

/// <summary>
/// A user who met an item has also met another one. Keyed by <see cref="Item"/>, whose co-occurrences it asks for and adds to.
/// </summary>
/// <param name="User">The user.</param>
/// <param name="Item">The item whose neighbours are counted.</param>
/// <param name="Other">The item met with it; <see langword="null"/> = none: only neighbours are asked for.</param>
/// <param name="Asks">Whether the user wants the item's neighbours.</param>
/// <param name="Timestamp">When the user met the later of the two, in milliseconds since the Unix epoch.</param>
public sealed record ItemPair(string User, string Item, string? Other, bool Asks, long Timestamp);
