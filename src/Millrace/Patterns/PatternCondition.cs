namespace Millrace.Patterns;

/// <summary>
/// A condition on an event. One that does not look at earlier events has one outcome per event, whatever partial match asks.
/// </summary>
internal sealed class PatternCondition<T>(Func<T, IPatternConditionContext<T>, bool> holds, bool isIterative)
{
    public Func<T, IPatternConditionContext<T>, bool> Holds { get; } = holds;

    public bool IsIterative { get; } = isIterative;

    public static PatternCondition<T> Of(Func<T, bool> holds) => new((value, _) => holds(value), isIterative: false);

    public static PatternCondition<T> Of(Func<T, IPatternConditionContext<T>, bool> holds) => new(holds, isIterative: true);

    public PatternCondition<T> And(PatternCondition<T> other) =>
        new((value, context) => Holds(value, context) && other.Holds(value, context), IsIterative || other.IsIterative);

    public PatternCondition<T> Or(PatternCondition<T> other) =>
        new((value, context) => Holds(value, context) || other.Holds(value, context), IsIterative || other.IsIterative);
}
