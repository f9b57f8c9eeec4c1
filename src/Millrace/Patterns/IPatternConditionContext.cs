namespace Millrace.Patterns;

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
