namespace Millrace.Durable.Protocol;

/// <summary>
/// The last position sent on each channel of one source task. Immutable; sorted by channel, so that equal contents have equal bytes.
/// </summary>
internal sealed class SentPositions
{
    public static readonly SentPositions Empty = new([]);

    /// <summary>The position of a channel on which nothing was sent yet.</summary>
    public const long None = -1;

    private readonly KeyValuePair<ChannelId, long>[] _entries;

    private SentPositions(KeyValuePair<ChannelId, long>[] entries) => _entries = entries;

    public ReadOnlySpan<KeyValuePair<ChannelId, long>> Entries => _entries;

    public long this[in ChannelId channel]
    {
        get
        {
            int at = Find(channel);
            return at >= 0 ? _entries[at].Value : None;
        }
    }

    /// <summary>Sorts <paramref name="entries"/> in place and keeps it.</summary>
    public static SentPositions Of(KeyValuePair<ChannelId, long>[] entries)
    {
        Array.Sort(entries, static (a, b) => a.Key.CompareTo(b.Key));
        return entries.Length == 0 ? Empty : new SentPositions(entries);
    }

    /// <summary>This with the channels of <paramref name="updates"/> moved to their new positions.</summary>
    public SentPositions With(IReadOnlyCollection<KeyValuePair<ChannelId, long>> updates)
    {
        if (updates.Count == 0)
        {
            return this;
        }

        Dictionary<ChannelId, long> merged = new(_entries.Length + updates.Count);
        foreach (KeyValuePair<ChannelId, long> entry in _entries)
        {
            merged[entry.Key] = entry.Value;
        }

        foreach (KeyValuePair<ChannelId, long> update in updates)
        {
            merged[update.Key] = update.Value;
        }

        return Of([.. merged]);
    }

    private int Find(in ChannelId channel)
    {
        int low = 0,
            high = _entries.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            int order = _entries[middle].Key.CompareTo(channel);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
