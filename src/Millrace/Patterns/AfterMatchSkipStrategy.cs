namespace Millrace.Patterns;

/// <summary>
/// Which partial matches are given up once a match has been found, so that an event is not part of more matches than wanted (Flink's
/// <c>AfterMatchSkipStrategy</c>). With any strategy but
/// <see cref="NoSkip"/>, a match waits until no partial match that began earlier can still be completed; give the pattern a <c>Within</c>.
/// Immutable.
/// </summary>
public sealed class AfterMatchSkipStrategy
{
    private AfterMatchSkipStrategy(SkipKind kind, string? patternName, bool throwsOnMiss)
    {
        Kind = kind;
        PatternName = patternName;
        ThrowsOnMiss = throwsOnMiss;
    }

    /// <summary>The pattern whose event is skipped to, if any.</summary>
    public string? PatternName { get; }

    internal SkipKind Kind { get; }

    internal bool ThrowsOnMiss { get; }

    /// <summary>Every match is emitted, as soon as it is found. The default.</summary>
    public static AfterMatchSkipStrategy NoSkip() => new(SkipKind.NoSkip, null, throwsOnMiss: false);

    /// <summary>Gives up partial matches that began with the event that the match began with.</summary>
    public static AfterMatchSkipStrategy SkipToNext() => new(SkipKind.ToNext, null, throwsOnMiss: false);

    /// <summary>Gives up partial matches that began at or before the last event of the match: no event is in two matches.</summary>
    public static AfterMatchSkipStrategy SkipPastLastEvent() => new(SkipKind.PastLastEvent, null, throwsOnMiss: false);

    /// <summary>
    /// Gives up partial matches that began before the first event that the match has for a pattern. Nothing is given up when it has none.
    /// </summary>
    /// <param name="patternName">Name of the pattern.</param>
    public static AfterMatchSkipStrategy SkipToFirst(string patternName)
    {
        ArgumentException.ThrowIfNullOrEmpty(patternName);
        return new AfterMatchSkipStrategy(SkipKind.ToFirst, patternName, throwsOnMiss: false);
    }

    /// <summary>
    /// Gives up partial matches that began before the last event that the match has for a pattern. Nothing is given up when it has none.
    /// </summary>
    /// <param name="patternName">Name of the pattern.</param>
    public static AfterMatchSkipStrategy SkipToLast(string patternName)
    {
        ArgumentException.ThrowIfNullOrEmpty(patternName);
        return new AfterMatchSkipStrategy(SkipKind.ToLast, patternName, throwsOnMiss: false);
    }

    /// <summary>
    /// Fails the job when a match has no event to skip to, or would skip to its own first event, instead of skipping nothing.
    /// </summary>
    public AfterMatchSkipStrategy ThrowExceptionOnMiss() => new(Kind, PatternName, throwsOnMiss: true);

    /// <inheritdoc/>
    public override string ToString() => PatternName is null ? Kind.ToString() : $"{Kind}({PatternName})";
}

/// <summary>What partial matches a match takes with it.</summary>
internal enum SkipKind
{
    NoSkip,
    ToNext,
    PastLastEvent,
    ToFirst,
    ToLast,
}
