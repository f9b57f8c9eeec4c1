using System.Runtime.CompilerServices;
using Millrace.State;

namespace Millrace.Windows;

/// <summary>
/// What the slices of a window add up to, key by key, as the window moves on by one slice at a time. The slices lie in two parts (the two
/// stacks of a queue with aggregates, after Tangwongsan et al., VLDB 2015): for those before a boundary there is a total from every window
/// start to the boundary, made once when the boundary is set; those behind it are added to one running total. So a slice is merged about
/// three times however many windows it is in, and nothing has to be taken away again.
/// </summary>
internal sealed class SlidingTotals<TKey, TIn, TAcc, TResult>(
    AlignedTimeWindows windows,
    IAggregateFunction<TIn, TAcc, TResult> aggregate,
    AlignedPanes<TKey, TAcc> slices,
    IKeyHasher<TKey> hasher
)
    where TKey : notnull
{
    // A table grown beyond this is given back to the collector rather than kept for keys that may never come again.
    private const int MaxKeptCapacity = 1 << 20;

    private readonly AppendOnlyTable<TKey, TAcc>[] _fromStart =
    [
        .. Enumerable.Range(0, (int)(windows.Size / windows.Slide)).Select(_ => new AppendOnlyTable<TKey, TAcc>(hasher)),
    ];
    private AppendOnlyTable<TKey, TAcc> _afterBoundary = new(hasher);
    private long _start = long.MinValue;
    private long _boundary = long.MinValue;
    private long _end = long.MinValue;

    /// <summary>The totals of the window's slices before the boundary.</summary>
    public AppendOnlyTable<TKey, TAcc> First => _fromStart[IndexOf(_start)];

    /// <summary>The totals of the window's slices behind the boundary; a key may be in both.</summary>
    public AppendOnlyTable<TKey, TAcc> Second => _afterBoundary;

    /// <summary>Goes on to a later window.</summary>
    public void MoveTo(long start)
    {
        if (start < _boundary)
        {
            for (long slice = _end; slice < start + windows.Size; slice += windows.Slide)
            {
                AddSlice(_afterBoundary, slice);
            }
        }
        else
        {
            SetBoundary(start);
        }

        _start = start;
        _end = start + windows.Size;
    }

    /// <summary>A record has been added to a slice that may be part of totals already.</summary>
    public void Add(long slice, TKey key, uint hash, TIn value)
    {
        if (slice >= _boundary)
        {
            if (slice < _end)
            {
                AddTo(_afterBoundary, key, hash, value);
            }

            return;
        }

        for (long start = _start + windows.Slide; start <= slice; start += windows.Slide)
        {
            AddTo(_fromStart[IndexOf(start)], key, hash, value);
        }
    }

    /// <summary>What records have been combined to has been added to a slice that may be part of totals already.</summary>
    public void Merge(long slice, TKey key, uint hash, TAcc partial)
    {
        if (slice >= _boundary)
        {
            if (slice < _end)
            {
                MergeInto(_afterBoundary, key, hash, partial);
            }

            return;
        }

        for (long start = _start + windows.Slide; start <= slice; start += windows.Slide)
        {
            MergeInto(_fromStart[IndexOf(start)], key, hash, partial);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Reset()
    {
        _start = _boundary = _end = long.MinValue;
        _afterBoundary = Emptied(_afterBoundary);
        for (int i = 0; i < _fromStart.Length; i++)
        {
            _fromStart[i] = Emptied(_fromStart[i]);
        }
    }

    /// <summary>An accumulator that may be changed without changing this one.</summary>
    public TAcc Copy(TAcc accumulator) =>
        RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>() ? aggregate.Merge(aggregate.CreateAccumulator(), accumulator) : accumulator;

    private int IndexOf(long start) => (int)((_boundary - start) / windows.Slide) - 1;

    private void SetBoundary(long start)
    {
        _boundary = start + windows.Size;
        _afterBoundary = Emptied(_afterBoundary);
        AppendOnlyTable<TKey, TAcc>? later = null;
        for (int i = 0; i < _fromStart.Length; i++)
        {
            AppendOnlyTable<TKey, TAcc> totals = _fromStart[i] = Emptied(_fromStart[i]);
            if (later is not null)
            {
                totals.CopyFrom(later);
                for (int entry = 0; RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>() && entry < totals.Count; entry++)
                {
                    totals.ValueAt(entry) = Copy(totals.ValueAt(entry));
                }
            }

            AddSlice(totals, _boundary - ((i + 1) * windows.Slide));
            later = totals;
        }
    }

    private void AddSlice(AppendOnlyTable<TKey, TAcc> totals, long slice)
    {
        if (slices.Find(slice) is not { } pane)
        {
            return;
        }

        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in pane.Table.Entries)
        {
            MergeInto(totals, entry.Key, entry.Hash, entry.Value);
        }
    }

    private void MergeInto(AppendOnlyTable<TKey, TAcc> totals, TKey key, uint hash, TAcc part)
    {
        ref TAcc total = ref totals.GetOrAdd(key, hash, out bool added);
        total = added ? Copy(part) : aggregate.Merge(total, part);
    }

    private void AddTo(AppendOnlyTable<TKey, TAcc> totals, TKey key, uint hash, TIn value)
    {
        ref TAcc total = ref totals.GetOrAdd(key, hash, out bool added);
        try
        {
            total = aggregate.Add(value, added ? aggregate.CreateAccumulator() : total);
        }
        catch when (added)
        {
            totals.RemoveLast();
            throw;
        }
    }

    private AppendOnlyTable<TKey, TAcc> Emptied(AppendOnlyTable<TKey, TAcc> table)
    {
        if (table.Capacity > MaxKeptCapacity)
        {
            return new AppendOnlyTable<TKey, TAcc>(hasher);
        }

        table.Clear();
        return table;
    }
}
