namespace Millrace.Patterns;

/// <summary>
/// A sequence of events to look for, with Flink CEP's words and semantics. Immutable: every call returns a new pattern. What was said last
/// (<c>Begin</c>, <c>Next</c> ...) is what <c>Where</c>, quantifiers and modifiers speak of. Mistakes are collected, and listed when the
/// pattern is put on a stream.
/// <code>
/// Pattern&lt;Login&gt; pattern = Pattern.Begin&lt;Login&gt;("failed").Where(login => !login.Ok).TimesOrMore(3).Consecutive()
///     .FollowedBy("ok").Where(login => login.Ok)
///     .Within(TimeSpan.FromMinutes(5));
/// </code>
/// </summary>
/// <typeparam name="T">Type of the events.</typeparam>
public sealed partial class Pattern<T>
{
    internal Pattern(IReadOnlyList<PatternStage<T>> stages, TimeSpan? within, AfterMatchSkipStrategy skipStrategy)
    {
        Stages = stages;
        Window = within;
        SkipStrategy = skipStrategy;
    }

    internal IReadOnlyList<PatternStage<T>> Stages { get; }

    internal TimeSpan? Window { get; }

    internal AfterMatchSkipStrategy SkipStrategy { get; }

    private PatternStage<T> Last => Stages[^1];

    /// <summary>The event right after.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> Next(string name) => Add(name, Contiguity.Strict);

    /// <summary>A group of patterns that begins with the event right after.</summary>
    /// <param name="group">The patterns of the group.</param>
    public Pattern<T> Next(Pattern<T> group) => Add(group, Contiguity.Strict);

    /// <summary>The first event after that fulfils the condition; events between are ignored.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> FollowedBy(string name) => Add(name, Contiguity.Relaxed);

    /// <summary>A group of patterns that begins with the first event after that fulfils its first condition.</summary>
    /// <param name="group">The patterns of the group.</param>
    public Pattern<T> FollowedBy(Pattern<T> group) => Add(group, Contiguity.Relaxed);

    /// <summary>Any event after that fulfils the condition, one match for each.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> FollowedByAny(string name) => Add(name, Contiguity.Any);

    /// <summary>A group of patterns that begins with any event after that fulfils its first condition, one match for each.</summary>
    /// <param name="group">The patterns of the group.</param>
    public Pattern<T> FollowedByAny(Pattern<T> group) => Add(group, Contiguity.Any);

    /// <summary>The event right after must not fulfil the condition.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> NotNext(string name) => Add(name, Contiguity.NotNext);

    /// <summary>
    /// No event up to that of the following pattern may fulfil the condition; at the end of a pattern, up to the end of
    /// <see cref="Within"/>.
    /// </summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> NotFollowedBy(string name) => Add(name, Contiguity.NotFollow);

    /// <summary>
    /// One event or more. Between them may lie others that do not fulfil the condition, unless <see cref="Consecutive"/> or
    /// <see cref="AllowCombinations"/> says otherwise.
    /// </summary>
    /// <param name="window">Less than this between the end of a repetition and the beginning of the next; positive; <see langword="null"/>
    /// = any time.</param>
    public Pattern<T> OneOrMore(TimeSpan? window = null) => Quantify(1, PatternStage<T>.Unbounded, window);

    /// <summary>A number of events.</summary>
    /// <param name="times">The number, at least 1.</param>
    /// <param name="window">Less than this between the end of a repetition and the beginning of the next; positive; <see langword="null"/>
    /// = any time.</param>
    public Pattern<T> Times(int times, TimeSpan? window = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        return Quantify(times, times, window);
    }

    /// <summary>Between two numbers of events.</summary>
    /// <param name="from">At least so many, not negative; 0 = 1 and <see cref="Optional"/>.</param>
    /// <param name="to">At most so many, at least 1 and <paramref name="from"/>.</param>
    /// <param name="window">Less than this between the end of a repetition and the beginning of the next; positive; <see langword="null"/>
    /// = any time.</param>
    public Pattern<T> Times(int from, int to, TimeSpan? window = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, Math.Max(1, from));
        Pattern<T> pattern = Quantify(Math.Max(1, from), to, window);
        return from == 0 ? pattern.Optional() : pattern;
    }

    /// <summary>A number of events or more.</summary>
    /// <param name="times">At least so many, at least 1.</param>
    /// <param name="window">Less than this between the end of a repetition and the beginning of the next; positive; <see langword="null"/>
    /// = any time.</param>
    public Pattern<T> TimesOrMore(int times, TimeSpan? window = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        return Quantify(times, PatternStage<T>.Unbounded, window);
    }

    /// <summary>The pattern may be left out.</summary>
    public Pattern<T> Optional() =>
        With(
            Last.IsNegative
                ? Last.WithError($"'{Last.Name}' is a NotNext or NotFollowedBy, which cannot be Optional; leave it out.")
                : Last with
                {
                    IsOptional = true,
                }
        );

    /// <summary>Repeats as often as possible: a match with fewer events, though more were there, is none.</summary>
    public Pattern<T> Greedy() =>
        With(
            Last.Group is not null ? Last.WithError($"{Last.Name} is a group, which cannot be Greedy; make its last pattern Greedy.")
            : !Last.IsQuantified ? NotRepeated(nameof(Greedy))
            : Last.Inner == Contiguity.Any
                ? Last.WithError($"'{Last.Name}' is Greedy and AllowCombinations, which contradict each other; choose one.")
            : Last with { IsGreedy = true }
        );

    /// <summary>Between repetitions may lie any events, also those that fulfil the condition.</summary>
    public Pattern<T> AllowCombinations() =>
        With(
            !Last.IsQuantified ? NotRepeated(nameof(AllowCombinations))
            : Last.IsGreedy ? Last.WithError($"'{Last.Name}' is Greedy and AllowCombinations, which contradict each other; choose one.")
            : Last.Inner == Contiguity.Strict
                ? Last.WithError($"'{Last.Name}' is Consecutive and AllowCombinations, which contradict each other; choose one.")
            : Last with { Inner = Contiguity.Any }
        );

    /// <summary>Between repetitions may lie no events.</summary>
    public Pattern<T> Consecutive() =>
        With(
            !Last.IsQuantified ? NotRepeated(nameof(Consecutive))
            : Last.Inner == Contiguity.Any
                ? Last.WithError($"'{Last.Name}' is Consecutive and AllowCombinations, which contradict each other; choose one.")
            : Last with { Inner = Contiguity.Strict }
        );

    /// <summary>
    /// A limit of time. <see cref="WithinType.FirstAndLast"/>: the whole pattern must be completed in it, wherever this is said.
    /// <see cref="WithinType.PreviousAndCurrent"/>: the event of this pattern (the first of a repeated one or a group) must come in it
    /// after the event before; between repetitions, the quantifier says it.
    /// </summary>
    /// <param name="window">Less than this between the two events; positive.</param>
    /// <param name="type">Which events.</param>
    public Pattern<T> Within(TimeSpan window, WithinType type = WithinType.FirstAndLast)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(1));
        return type == WithinType.FirstAndLast
            ? new Pattern<T>(Stages, Smaller(Window, window), SkipStrategy)
            : With(Last with { Gap = Smaller(Last.Gap, window) });
    }

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(" -> ", Stages)}{(Window is { } window ? $" within {window}" : "")} {SkipStrategy}";

    /// <summary>A pattern as an element of another.</summary>
    internal static PatternStage<T> GroupOf(Pattern<T> group, Contiguity contiguity)
    {
        PatternStage<T> stage = new($"({string.Join(", ", group.Stages.Select(inner => inner.Name))})", contiguity)
        {
            Group = group.Stages,
        };
        return group.SkipStrategy.Kind == SkipKind.NoSkip
            ? stage
            : stage.WithError($"{stage.Name} is a group with the skip strategy {group.SkipStrategy}; give it to the outermost Begin.");
    }

    private static TimeSpan? Smaller(TimeSpan? left, TimeSpan? right) => right is null || left < right ? left : right;

    private Pattern<T> Add(string name, Contiguity contiguity)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Pattern<T>([.. Stages, new PatternStage<T>(name, contiguity)], Window, SkipStrategy);
    }

    private Pattern<T> Add(Pattern<T> group, Contiguity contiguity)
    {
        ArgumentNullException.ThrowIfNull(group);
        return new Pattern<T>([.. Stages, GroupOf(group, contiguity)], Smaller(Window, group.Window), SkipStrategy);
    }

    private Pattern<T> With(PatternStage<T> last) => new([.. Stages.SkipLast(1), last], Window, SkipStrategy);

    private Pattern<T> Quantify(int from, int to, TimeSpan? window)
    {
        if (window is { } gap)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(gap, TimeSpan.FromMilliseconds(1), nameof(window));
        }

        return With(
            Last.IsNegative
                ? Last.WithError($"'{Last.Name}' is a NotNext or NotFollowedBy, which cannot be repeated; leave the quantifier out.")
            : Last.IsQuantified ? Last.WithError($"'{Last.Name}' has more than one of OneOrMore, Times and TimesOrMore; leave one.")
            : Last with { IsQuantified = true, From = from, To = to, RepetitionGap = window }
        );
    }

    private PatternStage<T> NotRepeated(string modifier) =>
        Last.WithError($"'{Last.Name}' is {modifier} but is not repeated; say OneOrMore, Times or TimesOrMore before it.");
}
