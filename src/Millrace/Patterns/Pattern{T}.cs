namespace Millrace.Patterns;

/// <summary>
/// A sequence of events to look for, with Flink CEP's words and semantics. Immutable: every call returns a new pattern. What was said last (<c>Begin</c>, <c>Next</c> ...) is what <c>Where</c>,
/// quantifiers and modifiers speak of. Mistakes are collected, and listed when the pattern is put on a stream.
/// <code>
/// Pattern&lt;Login&gt; pattern = Pattern.Begin&lt;Login&gt;("failed").Where(login => !login.Ok).TimesOrMore(3).Consecutive()
///     .FollowedBy("ok").Where(login => login.Ok)
///     .Within(TimeSpan.FromMinutes(5));
/// </code>
/// </summary>
/// <typeparam name="T">Type of the events.</typeparam>
public sealed class Pattern<T>
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

    /// <summary>Another condition, which must hold as well.</summary>
    /// <param name="condition">Whether to take an event. Must be deterministic.</param>
    public Pattern<T> Where(Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return And(PatternCondition<T>.Of(condition));
    }

    /// <summary>Another condition, which must hold as well and may look at the events taken so far.</summary>
    /// <param name="condition">Whether to take an event. Must be deterministic.</param>
    public Pattern<T> Where(Func<T, IPatternConditionContext<T>, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return And(PatternCondition<T>.Of(condition));
    }

    /// <summary>A condition that is enough instead of those said so far.</summary>
    /// <param name="condition">Whether to take an event. Must be deterministic.</param>
    public Pattern<T> Or(Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Or(PatternCondition<T>.Of(condition));
    }

    /// <summary>A condition that is enough instead of those said so far and may look at the events taken so far.</summary>
    /// <param name="condition">Whether to take an event. Must be deterministic.</param>
    public Pattern<T> Or(Func<T, IPatternConditionContext<T>, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Or(PatternCondition<T>.Of(condition));
    }

    /// <summary>Only events of a subtype.</summary>
    /// <typeparam name="TSub">The subtype.</typeparam>
    public Pattern<T> Subtype<TSub>()
        where TSub : T => And(PatternCondition<T>.Of(static value => value is TSub));

    /// <summary>Only events of a subtype that fulfil a condition.</summary>
    /// <typeparam name="TSub">The subtype.</typeparam>
    /// <param name="condition">Whether to take an event. Must be deterministic.</param>
    public Pattern<T> Subtype<TSub>(Func<TSub, bool> condition)
        where TSub : T
    {
        ArgumentNullException.ThrowIfNull(condition);
        return And(PatternCondition<T>.Of(value => value is TSub sub && condition(sub)));
    }

    /// <summary>Ends a repetition: an event that fulfils this is not taken for it, and after it no other either. Only with <see cref="OneOrMore"/> and <see cref="TimesOrMore"/>.</summary>
    /// <param name="condition">Whether to end. Must be deterministic.</param>
    public Pattern<T> Until(Func<T, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Until(PatternCondition<T>.Of(condition));
    }

    /// <summary>Ends a repetition, looking at the events taken so far.</summary>
    /// <param name="condition">Whether to end. Must be deterministic.</param>
    public Pattern<T> Until(Func<T, IPatternConditionContext<T>, bool> condition)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return Until(PatternCondition<T>.Of(condition));
    }

    /// <summary>The event right after.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> Next(string name) => Add(name, Contiguity.Strict);

    /// <summary>The first event after that fulfils the condition; events between are ignored.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> FollowedBy(string name) => Add(name, Contiguity.Relaxed);

    /// <summary>Any event after that fulfils the condition, one match for each.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> FollowedByAny(string name) => Add(name, Contiguity.Any);

    /// <summary>The event right after must not fulfil the condition.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> NotNext(string name) => Add(name, Contiguity.NotNext);

    /// <summary>No event up to that of the following pattern may fulfil the condition; at the end of a pattern, up to the end of <see cref="Within"/>.</summary>
    /// <param name="name">Name of the new pattern.</param>
    public Pattern<T> NotFollowedBy(string name) => Add(name, Contiguity.NotFollow);

    /// <summary>One event or more. Between them may lie others that do not fulfil the condition, unless <see cref="Consecutive"/> or <see cref="AllowCombinations"/> says otherwise.</summary>
    public Pattern<T> OneOrMore() => Quantify(1, PatternStage<T>.Unbounded);

    /// <summary>A number of events.</summary>
    /// <param name="times">The number, at least 1.</param>
    public Pattern<T> Times(int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        return Quantify(times, times);
    }

    /// <summary>Between two numbers of events.</summary>
    /// <param name="from">At least so many, not negative; 0 = 1 and <see cref="Optional"/>.</param>
    /// <param name="to">At most so many, at least 1 and <paramref name="from"/>.</param>
    public Pattern<T> Times(int from, int to)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(from);
        ArgumentOutOfRangeException.ThrowIfLessThan(to, Math.Max(1, from));
        Pattern<T> pattern = Quantify(Math.Max(1, from), to);
        return from == 0 ? pattern.Optional() : pattern;
    }

    /// <summary>A number of events or more.</summary>
    /// <param name="times">At least so many, at least 1.</param>
    public Pattern<T> TimesOrMore(int times)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(times);
        return Quantify(times, PatternStage<T>.Unbounded);
    }

    /// <summary>The pattern may be left out.</summary>
    public Pattern<T> Optional() => With(
        Last.IsNegative ? Last.WithError($"'{Last.Name}' is a NotNext or NotFollowedBy, which cannot be Optional; leave it out.") : Last with { IsOptional = true });

    /// <summary>Repeats as often as possible: a match with fewer events, though more were there, is none.</summary>
    public Pattern<T> Greedy() => With(
        !Last.IsQuantified ? NotRepeated(nameof(Greedy))
        : Last.Inner == Contiguity.Any ? Last.WithError($"'{Last.Name}' is Greedy and AllowCombinations, which contradict each other; choose one.")
        : Last with { IsGreedy = true });

    /// <summary>Between repetitions may lie any events, also those that fulfil the condition.</summary>
    public Pattern<T> AllowCombinations() => With(
        !Last.IsQuantified ? NotRepeated(nameof(AllowCombinations))
        : Last.IsGreedy ? Last.WithError($"'{Last.Name}' is Greedy and AllowCombinations, which contradict each other; choose one.")
        : Last.Inner == Contiguity.Strict ? Last.WithError($"'{Last.Name}' is Consecutive and AllowCombinations, which contradict each other; choose one.")
        : Last with { Inner = Contiguity.Any });

    /// <summary>Between repetitions may lie no events.</summary>
    public Pattern<T> Consecutive() => With(
        !Last.IsQuantified ? NotRepeated(nameof(Consecutive))
        : Last.Inner == Contiguity.Any ? Last.WithError($"'{Last.Name}' is Consecutive and AllowCombinations, which contradict each other; choose one.")
        : Last with { Inner = Contiguity.Strict });

    /// <summary>The time from the first event in which the whole pattern must be completed, wherever this is said.</summary>
    /// <param name="window">Less than this between first and last event; positive.</param>
    public Pattern<T> Within(TimeSpan window)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(window, TimeSpan.FromMilliseconds(1));
        return new Pattern<T>(Stages, Window < window ? Window : window, SkipStrategy);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{string.Join(" -> ", Stages)}{(Window is { } window ? $" within {window}" : "")} {SkipStrategy}";

    private Pattern<T> Add(string name, Contiguity contiguity)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new Pattern<T>([.. Stages, new PatternStage<T>(name, contiguity)], Window, SkipStrategy);
    }

    private Pattern<T> With(PatternStage<T> last) => new([.. Stages.SkipLast(1), last], Window, SkipStrategy);

    private Pattern<T> And(PatternCondition<T> condition) => With(Last with { Condition = Last.Condition?.And(condition) ?? condition });

    private Pattern<T> Or(PatternCondition<T> condition) => With(Last with { Condition = Last.Condition?.Or(condition) ?? condition });

    private Pattern<T> Until(PatternCondition<T> condition) => With(
        Last.To != PatternStage<T>.Unbounded ? Last.WithError($"'{Last.Name}' has Until, which only OneOrMore and TimesOrMore can have; say it after one of them.")
        : Last.Until is not null ? Last.WithError($"'{Last.Name}' has more than one Until; join them by ||.")
        : Last with { Until = condition });

    private Pattern<T> Quantify(int from, int to) => With(
        Last.IsNegative ? Last.WithError($"'{Last.Name}' is a NotNext or NotFollowedBy, which cannot be repeated; leave the quantifier out.")
        : Last.IsQuantified ? Last.WithError($"'{Last.Name}' has more than one of OneOrMore, Times and TimesOrMore; leave one.")
        : Last with { IsQuantified = true, From = from, To = to });

    private PatternStage<T> NotRepeated(string modifier) =>
        Last.WithError($"'{Last.Name}' is {modifier} but is not repeated; say OneOrMore, Times or TimesOrMore before it.");
}
