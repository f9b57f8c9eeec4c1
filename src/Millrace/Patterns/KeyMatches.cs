namespace Millrace.Patterns;

/// <summary>All that is kept for a key; small, as most keys keep little.</summary>
internal sealed class KeyMatches<TKey, T>
{
    public KeyMatches(TKey key, uint hash)
    {
        Key = key;
        Hash = hash;
    }

    public TKey Key { get; set; }

    public uint Hash { get; set; }

    /// <summary>Events that wait for the watermark, in order of time.</summary>
    public List<(long Timestamp, T Value)> Waiting { get; } = new(1);

    /// <summary>Partial matches, those that began first in front.</summary>
    public List<PartialMatch<T>> Partial { get; } = new(1);

    /// <summary>Matches that wait for partial matches which began earlier, those that began first in front.</summary>
    public List<PartialMatch<T>> Completed { get; } = [];

    public long NextSequence { get; set; }

    /// <summary>When the key is looked at next; not checkpointed.</summary>
    public long ScheduledAt { get; set; } = long.MaxValue;

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
