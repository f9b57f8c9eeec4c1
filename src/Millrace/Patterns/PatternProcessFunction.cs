using Millrace.UserFunctions;

namespace Millrace.Patterns;

/// <summary>
/// Makes records of matches (Flink's <c>PatternProcessFunction</c>). Each task works with a copy of the function, its arrays, plain
/// collections and plain data included. Implement
/// <see cref="ITimedOutPartialMatchHandler{T}"/> as well to learn of timeouts.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
/// <typeparam name="TOut">Type of the results.</typeparam>
public abstract class PatternProcessFunction<T, TOut>
{
    /// <summary>A match has been found.</summary>
    /// <param name="match">Its events by the names of their patterns.</param>
    /// <param name="context">Time and side outputs.</param>
    /// <param name="output">Takes the results.</param>
    public abstract void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output);
}

/// <summary>One record per match.</summary>
internal sealed class SelectingPatternFunction<T, TOut>(Func<PatternMatch<T>, TOut> selector) : PatternProcessFunction<T, TOut>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) =>
        output.Collect(selector(match));
}

/// <summary>Any number of records per match.</summary>
internal sealed class FlatSelectingPatternFunction<T, TOut>(Action<PatternMatch<T>, Collector<TOut>> selector)
    : PatternProcessFunction<T, TOut>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) => selector(match, output);
}

/// <summary>One record per match, and one per timeout in a side output.</summary>
internal sealed class TimeoutSelectingPatternFunction<T, TTimeout, TOut>(
    OutputTag<TTimeout> tag,
    Func<PatternMatch<T>, long, TTimeout> timeoutSelector,
    Func<PatternMatch<T>, TOut> selector
) : PatternProcessFunction<T, TOut>, ITimedOutPartialMatchHandler<T>
{
    public override void ProcessMatch(PatternMatch<T> match, IPatternContext context, Collector<TOut> output) =>
        output.Collect(selector(match));

    public void ProcessTimedOutMatch(PatternMatch<T> match, IPatternContext context) =>
        context.Output(tag, timeoutSelector(match, context.Timestamp));
}

/// <summary>
/// Implemented by a <see cref="PatternProcessFunction{T, TOut}"/> that wants to know of partial matches which were not completed
/// <c>Within</c> their time (Flink's
/// <c>TimedOutPartialMatchHandler</c>).</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public interface ITimedOutPartialMatchHandler<T>
{
    /// <summary>A partial match has timed out. Results go to side outputs.</summary>
    /// <param name="match">What had been found.</param>
    /// <param name="context">Time and side outputs.</param>
    void ProcessTimedOutMatch(PatternMatch<T> match, IPatternContext context);
}
