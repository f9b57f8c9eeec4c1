using System.Runtime.CompilerServices;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Windows;

/// <summary>The open aligned windows of a task, in order of time. Tables of closed windows are used again.</summary>
/// <param name="windows">What windows there are.</param>
/// <param name="hasher">Of the keys.</param>
/// <param name="createStored">Makes the table of a window that may outgrow memory; <see langword="null"/> = windows stay in memory.</param>
internal sealed class AlignedPanes<TKey, TAcc>(
    AlignedTimeWindows windows,
    IKeyHasher<TKey> hasher,
    Func<StoredTable<TKey, long, TAcc>>? createStored = null
)
    where TKey : notnull
{
    private const int MaxPooled = 4;

    // A table grown beyond this is given back to the collector rather than kept for a window that may never be as large.
    private const int MaxPooledCapacity = 1 << 20;

    private readonly SortedDictionary<long, WindowPane<TKey, TAcc>> _panes = [];
    private readonly Stack<WindowPane<TKey, TAcc>> _pool = new();

    // Closed, but a scan still has to write what was in them when it began; null = there is no scan.
    private List<WindowPane<TKey, TAcc>>? _closedInScan;
    private bool _isTracked;
    private int _count;

    /// <summary>Number of open windows; may be read by other threads.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Whether windows may outgrow memory.</summary>
    public bool AreStored => createStored is not null;

    public IEnumerable<WindowPane<TKey, TAcc>> InOrder => _panes.Values;

    public WindowPane<TKey, TAcc>? Find(long start) => _panes.GetValueOrDefault(start);

    public WindowPane<TKey, TAcc> GetOrOpen(long start)
    {
        if (_panes.TryGetValue(start, out WindowPane<TKey, TAcc>? pane))
        {
            return pane;
        }

        pane = _pool.Count > 0 ? _pool.Pop() : new WindowPane<TKey, TAcc>(hasher, createStored?.Invoke());
        pane.Start = start;
        pane.Fired = false;
        pane.FiredGroups = null;
        if (_isTracked)
        {
            pane.Track();
        }

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
        if (_closedInScan is not null)
        {
            _closedInScan.Add(pane);
        }
        else
        {
            LetGo(pane);
        }
    }

    /// <summary>From now on it is known what changes, as if all had just been written.</summary>
    public void Track()
    {
        _isTracked = true;
        foreach (WindowPane<TKey, TAcc> pane in _panes.Values)
        {
            pane.Track();
        }
    }

    /// <summary>Windows that are closed from now on keep what they have until <see cref="EndScan"/>.</summary>
    /// <returns>The windows to be written.</returns>
    public WindowPane<TKey, TAcc>[] BeginScan()
    {
        _isTracked = true;
        _closedInScan = [];
        return [.. _panes.Values];
    }

    public void EndScan()
    {
        List<WindowPane<TKey, TAcc>> closed = _closedInScan ?? [];
        _closedInScan = null;
        closed.ForEach(LetGo);
    }

    private void LetGo(WindowPane<TKey, TAcc> pane)
    {
        if (pane.Stored is not null)
        {
            pane.Stored.Drop();
        }
        else if (_pool.Count < MaxPooled && pane.Table.Capacity <= MaxPooledCapacity)
        {
            pane.Table.Clear();
            _pool.Push(pane);
        }
    }
}

/// <summary>One open window over all keys of a task.</summary>
internal sealed class WindowPane<TKey, TAcc>(IKeyHasher<TKey> hasher, StoredTable<TKey, long, TAcc>? stored = null)
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

    /// <summary>What is in the window, unless it is <see cref="Stored"/>.</summary>
    public AppendOnlyTable<TKey, TAcc> Table { get; } = new(hasher);

    /// <summary>What is in the window, where it may outgrow memory.</summary>
    public StoredTable<TKey, long, TAcc>? Stored => stored;

    public long Count => stored?.Count ?? Table.Count;

    /// <summary>Whether the window has fired for any key.</summary>
    public bool HasFiredForAny => Fired || FiredGroups is not null;

    /// <summary>Whether the window has fired for the keys with this hash.</summary>
    public bool HasFired(uint hash, int maxParallelism) =>
        Fired || (FiredGroups is not null && HasFiredGroup(KeyGroups.KeyGroupOf(hash, maxParallelism)));

    public bool HasFiredGroup(int keyGroup) => Fired || FiredGroups?.Contains(keyGroup) == true;

    /// <summary>The accumulator of a key, created as default where there was none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref TAcc GetOrAdd(TKey key, uint hash, out bool added)
    {
        if (stored is null)
        {
            return ref Table.GetOrAdd(key, hash, out added);
        }

        return ref GetOrAddStored(key, hash, out added);
    }

    /// <summary>The accumulator of a key, only to be read, or a null reference.</summary>
    public ref readonly TAcc Peek(TKey key, uint hash)
    {
        if (stored is null)
        {
            return ref Table.Find(key, hash);
        }

        return ref stored.Peek(new NamespacedKey<TKey, long>(key, Start), hash);
    }

    /// <summary>Takes the entry of a key out again that was added last.</summary>
    public void RemoveAdded(TKey key, uint hash)
    {
        if (stored is null)
        {
            Table.RemoveLast();
        }
        else
        {
            stored.Remove(new NamespacedKey<TKey, long>(key, Start), hash);
        }
    }

    /// <summary>From now on it is known what changes, as if all had just been written.</summary>
    public void Track()
    {
        stored?.Track();
        Table.Track();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ref TAcc GetOrAddStored(TKey key, uint hash, out bool added)
    {
        ref TAcc accumulator = ref stored!.GetOrAdd(new NamespacedKey<TKey, long>(key, Start), hash, out bool exists);
        added = !exists;
        return ref accumulator;
    }
}
