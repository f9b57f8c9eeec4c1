namespace Millrace.Patterns;

/// <content>Conditions.</content>
public sealed partial class Pattern<T>
{
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

    /// <summary>
    /// Ends a repetition: an event that fulfils this is not taken for it, and after it no other either. Only with <see cref="OneOrMore"/>
    /// and <see cref="TimesOrMore"/>.
    /// </summary>
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

    private Pattern<T> And(PatternCondition<T> condition) =>
        With(Last.Group is not null ? ConditionOfGroup() : Last with { Condition = Last.Condition?.And(condition) ?? condition });

    private Pattern<T> Or(PatternCondition<T> condition) =>
        With(Last.Group is not null ? ConditionOfGroup() : Last with { Condition = Last.Condition?.Or(condition) ?? condition });

    private Pattern<T> Until(PatternCondition<T> condition) =>
        With(
            Last.To != PatternStage<T>.Unbounded
                ? Last.WithError($"'{Last.Name}' has Until, which only OneOrMore and TimesOrMore can have; say it after one of them.")
            : Last.Until is not null ? Last.WithError($"'{Last.Name}' has more than one Until; join them by ||.")
            : Last with { Until = condition }
        );

    private PatternStage<T> ConditionOfGroup() =>
        Last.WithError($"{Last.Name} is a group, which has no condition of its own; say Where on its patterns.");
}
