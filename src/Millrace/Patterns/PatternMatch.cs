namespace Millrace.Patterns;

/// <summary>The events of a match, or of a partial match that timed out, by the names of the patterns that they were taken for (Flink's <c>Map&lt;String, List&lt;T&gt;&gt;</c>).</summary>
/// <typeparam name="T">Type of the events.</typeparam>
public sealed class PatternMatch<T>
{
    private readonly IReadOnlyList<string> _names;
    private readonly List<T>?[] _events;

    internal PatternMatch(IReadOnlyList<string> names, List<T>?[] events)
    {
        _names = names;
        _events = events;
    }

    /// <summary>Names of the patterns that have events, in the order of the pattern.</summary>
    public IReadOnlyList<string> Names => [.. _names.Where((_, stage) => _events[stage] is not null)];

    /// <summary>All events, in order.</summary>
    public IReadOnlyList<T> Events => [.. _events.Where(events => events is not null).SelectMany(events => events!)];

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
                    return _events[stage] ?? (IReadOnlyList<T>)[];
                }
            }

            throw new ArgumentException($"A match has no pattern '{name}'; the pattern has {string.Join(", ", _names)}.", nameof(name));
        }
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join(' ', Names.Select(name => $"{name}=[{string.Join(", ", this[name])}]"));
}
