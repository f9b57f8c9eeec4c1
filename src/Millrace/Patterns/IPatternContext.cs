using Millrace.UserFunctions;

namespace Millrace.Patterns;

/// <summary>What a function on matches can use beside the match. Valid during the call.</summary>
public interface IPatternContext
{
    /// <summary>
    /// Timestamp of the event that completed the match, or the time at which the partial match timed out, in milliseconds since the Unix
    /// epoch.
    /// </summary>
    long Timestamp { get; }

    /// <summary>The clock, in milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>Emits a record to a side output, with <see cref="Timestamp"/>.</summary>
    /// <typeparam name="TSide">Type of the record.</typeparam>
    /// <param name="tag">The side output.</param>
    /// <param name="value">The record.</param>
    void Output<TSide>(OutputTag<TSide> tag, TSide value);
}

/// <summary>What a condition on earlier events can look at (Flink's <c>IterativeCondition.Context</c>). Valid during the call.</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public interface IPatternConditionContext<T>
{
    /// <summary>Timestamp of the event in question, in milliseconds since the Unix epoch.</summary>
    long Timestamp { get; }

    /// <summary>
    /// The events that the partial match has taken for a pattern so far, in order; the event in question is not among them.
    /// </summary>
    /// <param name="name">Name of the pattern.</param>
    /// <exception cref="ArgumentException">There is no such pattern.</exception>
    IReadOnlyList<T> GetEventsForPattern(string name);
}
