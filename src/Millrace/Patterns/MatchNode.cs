namespace Millrace.Patterns;

/// <summary>
/// An event taken for a stage, after another. Partial matches that began alike share their beginnings: the buffer of a key is a tree.
/// Immutable.
/// </summary>
internal sealed class MatchNode<T>(MatchNode<T>? previous, int stage, MatchEvent<T> taken)
{
    public MatchNode<T>? Previous { get; } = previous;

    public int Stage { get; } = stage;

    public MatchEvent<T> Event { get; } = taken;

    /// <summary>Number of events up to this.</summary>
    public int Count { get; } = (previous?.Count ?? 0) + 1;
}
