namespace Millrace.Patterns;

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
