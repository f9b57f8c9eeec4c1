using Millrace.Processing;

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
