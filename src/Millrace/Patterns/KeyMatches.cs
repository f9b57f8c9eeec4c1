namespace Millrace.Patterns;

/// <summary>All that is kept for a key; small, as most keys keep little.</summary>
internal sealed class KeyMatches<T>
{
    /// <summary>Events that wait for the watermark, in order of time.</summary>
    public List<(long Timestamp, T Value)> Waiting { get; } = new(1);

    /// <summary>Partial matches, those that began first in front.</summary>
    public List<PartialMatch<T>> Partial { get; } = new(1);

    /// <summary>Matches that wait for partial matches which began earlier, those that began first in front.</summary>
    public List<PartialMatch<T>> Completed { get; } = [];

    public long NextSequence { get; set; }

    /// <summary>Time of the first event that waits; <see cref="long.MaxValue"/> = none does.</summary>
    public long FirstWaiting => Waiting.Count == 0 ? long.MaxValue : Waiting[0].Timestamp;

    public bool IsEmpty => Waiting.Count == 0 && Partial.Count == 0 && Completed.Count == 0;

    /// <summary>Inserts an event behind those of its time, or among them where there is a comparer.</summary>
    public void Add(T value, long timestamp, IComparer<T>? comparer)
    {
        int i = Waiting.Count;
        while (
            i > 0
            && (
                Waiting[i - 1].Timestamp > timestamp
                || (Waiting[i - 1].Timestamp == timestamp && comparer?.Compare(Waiting[i - 1].Value, value) > 0)
            )
        )
        {
            i--;
        }

        Waiting.Insert(i, (timestamp, value));
    }
}

/// <summary>A partial match: a way on in the automaton and the events taken on the way to it.</summary>
internal readonly record struct PartialMatch<T>(int Way, MatchNode<T> Last, long StartTimestamp, long StartSequence);

/// <summary>An event that partial matches have taken; shared by all of them.</summary>
internal sealed record MatchEvent<T>(T Value, long Timestamp, long Sequence);

/// <summary>
/// An event taken for a stage, after another. Partial matches that began alike share their beginnings: the buffer of a key is a tree.
/// Immutable.
/// </summary>
internal sealed class MatchNode<T>(MatchNode<T>? previous, int stage, MatchEvent<T> taken)
{
    public MatchNode<T>? Previous { get; } = previous;

    public int Stage { get; } = stage;

    public MatchEvent<T> Event { get; } = taken;

    /// <summary>Number of events up to this.</summary>
    public int Count { get; } = (previous?.Count ?? 0) + 1;
}
