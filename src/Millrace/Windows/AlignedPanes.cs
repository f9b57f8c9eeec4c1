using Millrace.State;

namespace Millrace.Windows;

/// <summary>The open aligned windows of a task, in order of time. Tables of closed windows are used again.</summary>
internal sealed class AlignedPanes<TKey, TAcc>(AlignedTimeWindows windows, IKeyHasher<TKey> hasher)
    where TKey : notnull
{
    private const int MaxPooled = 4;

    // A table grown beyond this is given back to the collector rather than kept for a window that may never be as large.
    private const int MaxPooledCapacity = 1 << 20;

    private readonly SortedDictionary<long, WindowPane<TKey, TAcc>> _panes = [];
    private readonly Stack<WindowPane<TKey, TAcc>> _pool = new();
    private int _count;

    /// <summary>Number of open windows; may be read by other threads.</summary>
    public int Count => Volatile.Read(ref _count);

    public IEnumerable<WindowPane<TKey, TAcc>> InOrder => _panes.Values;

    public WindowPane<TKey, TAcc>? Find(long start) => _panes.GetValueOrDefault(start);

    public WindowPane<TKey, TAcc> GetOrOpen(long start)
    {
        if (_panes.TryGetValue(start, out WindowPane<TKey, TAcc>? pane))
        {
            return pane;
        }

        pane = _pool.Count > 0 ? _pool.Pop() : new WindowPane<TKey, TAcc>(hasher);
        pane.Start = start;
        pane.Fired = false;
        pane.FiredGroups = null;
        _panes.Add(start, pane);
        Volatile.Write(ref _count, _panes.Count);
        return pane;
    }

    /// <summary>The first window whose largest timestamp is at or before a bound, if any.</summary>
    public WindowPane<TKey, TAcc>? FirstUpTo(long maxTimestamp)
    {
        foreach (WindowPane<TKey, TAcc> pane in _panes.Values)
        {
            return windows.MaxTimestampOf(pane.Start) <= maxTimestamp ? pane : null;
        }

        return null;
    }

    public void Close(WindowPane<TKey, TAcc> pane)
    {
        _panes.Remove(pane.Start);
        Volatile.Write(ref _count, _panes.Count);
        if (_pool.Count < MaxPooled && pane.Table.Capacity <= MaxPooledCapacity)
        {
            pane.Table.Clear();
            _pool.Push(pane);
        }
    }
}

/// <summary>One open window over all keys of a task.</summary>
internal sealed class WindowPane<TKey, TAcc>(IKeyHasher<TKey> hasher)
    where TKey : notnull
{
    public long Start { get; set; }

    /// <summary>Whether the watermark has passed the window's end; records that come now are late but allowed, and fire at once.</summary>
    public bool Fired { get; set; }

    /// <summary>
    /// Key groups whose tasks had fired the window when a checkpoint was taken, while others had not: their watermarks were apart.
    /// <see langword="null"/> where all are alike.
    /// </summary>
    public HashSet<int>? FiredGroups { get; set; }

    public AppendOnlyTable<TKey, TAcc> Table { get; } = new(hasher);

    /// <summary>Whether the window has fired for any key.</summary>
    public bool HasFiredForAny => Fired || FiredGroups is not null;

    /// <summary>Whether the window has fired for the keys with this hash.</summary>
    public bool HasFired(uint hash, int maxParallelism) =>
        Fired || (FiredGroups is not null && HasFiredGroup(KeyGroups.KeyGroupOf(hash, maxParallelism)));

    public bool HasFiredGroup(int keyGroup) => Fired || FiredGroups?.Contains(keyGroup) == true;
}
