namespace Millrace.Patterns;

/// <summary>
/// The events of a match, or of a partial match that timed out, by the names of the patterns that they were taken for (Flink's
/// <c>Map&lt;String, List&lt;T&gt;&gt;</c>).
/// </summary>
/// <typeparam name="T">Type of the events.</typeparam>
public sealed class PatternMatch<T>
{
    private readonly IReadOnlyList<string> _names;
    private readonly T[] _events;
    private readonly int[] _stages;

    /// <param name="names">Of all patterns.</param>
    /// <param name="events">In the order in which they were taken.</param>
    /// <param name="stages">The number of the pattern that each event was taken for.</param>
    internal PatternMatch(IReadOnlyList<string> names, T[] events, int[] stages)
    {
        _names = names;
        _events = events;
        _stages = stages;
    }

    /// <summary>Names of the patterns that have events, in the order of the pattern.</summary>
    public IReadOnlyList<string> Names => [.. _names.Where((_, stage) => _stages.Contains(stage))];

    /// <summary>All events, in the order in which they came.</summary>
    public IReadOnlyList<T> Events => _events;

    /// <summary>The events taken for a pattern, in order; none for an optional one that was skipped.</summary>
    /// <param name="name">Name of the pattern.</param>
    /// <exception cref="ArgumentException">There is no such pattern.</exception>
    public IReadOnlyList<T> this[string name]
    {
        get
        {
            for (int stage = 0; stage < _names.Count; stage++)
            {
                if (string.Equals(_names[stage], name, StringComparison.Ordinal))
                {
                    return EventsOf(stage);
                }
            }

            throw new ArgumentException($"A match has no pattern '{name}'; the pattern has {string.Join(", ", _names)}.", nameof(name));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Names.Select(name => $"{name}=[{string.Join(", ", this[name])}]"));

    private T[] EventsOf(int stage)
    {
        T[] events = new T[_stages.AsSpan().Count(stage)];
        int count = 0;
        for (int i = 0; i < _events.Length; i++)
        {
            if (_stages[i] == stage)
            {
                events[count++] = _events[i];
            }
        }

        return events;
    }
}
