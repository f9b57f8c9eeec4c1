namespace Millrace.Patterns;

/// <summary>Begins patterns.</summary>
public static class Pattern
{
    /// <summary>Begins a pattern with its first event.</summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="name">Name of the first pattern, which its events have in a match.</param>
    /// <param name="skipStrategy">What partial matches a match takes with it; <see langword="null"/> =
    /// <see cref="AfterMatchSkipStrategy.NoSkip"/>.</param>
    public static Pattern<T> Begin<T>(string name, AfterMatchSkipStrategy? skipStrategy = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Pattern<T>(
            [new PatternStage<T>(name, Contiguity.Strict)],
            within: null,
            skipStrategy ?? AfterMatchSkipStrategy.NoSkip()
        );
    }

    /// <summary>
    /// Begins a pattern with a group of patterns, which can then be repeated or left out as a whole (Flink's <c>GroupPattern</c>).
    /// </summary>
    /// <typeparam name="T">Type of the events.</typeparam>
    /// <param name="group">The patterns of the group.</param>
    /// <param name="skipStrategy">What partial matches a match takes with it; <see langword="null"/> =
    /// <see cref="AfterMatchSkipStrategy.NoSkip"/>.</param>
    public static Pattern<T> Begin<T>(Pattern<T> group, AfterMatchSkipStrategy? skipStrategy = null)
    {
        ArgumentNullException.ThrowIfNull(group);
        return new Pattern<T>(
            [Pattern<T>.GroupOf(group, Contiguity.Strict)],
            group.Window,
            skipStrategy ?? AfterMatchSkipStrategy.NoSkip()
        );
    }
}

/// <summary>Between which events a <c>Within</c> measures (Flink's <c>WithinType</c>).</summary>
public enum WithinType
{
    /// <summary>Between the event taken last and the one taken for the pattern that says <c>Within</c>.</summary>
    PreviousAndCurrent,

    /// <summary>Between the first and the last event of a match; the smallest that is said counts.</summary>
    FirstAndLast,
}
