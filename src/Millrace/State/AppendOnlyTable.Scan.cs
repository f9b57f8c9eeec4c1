using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Millrace.State;

/// <summary>
/// How a table is written while it goes on changing, by the marks that <see cref="KeyGroupTable{TKey, TValue}"/> has, in the links of the
/// entries. Nothing is ever removed, so a scan has a fixed end.
/// </summary>
internal sealed partial class AppendOnlyTable<TKey, TValue>
    where TKey : notnull
{
    // An entry that is written is some bytes, one that is not is a look.
    private const int CostOfEntry = 32;

    private const int IndexBits = 29;
    private const uint IndexMask = (1u << IndexBits) - 1;
    private const uint FirstMark = 1u << IndexBits;
    private const uint SecondMark = 1u << (IndexBits + 1);

    // Where this many of the entries have been touched, looking at all of them costs little more.
    private const int TouchedShare = 8;
    private const int LeastTouched = 1024;

    // Both marks once it is noted what changes.
    private uint _marks;
    private uint _current;
    private ScanState? _scan;

    // The entries that bear the current mark; null = too many.
    private List<int>? _touched;

    /// <summary>From now on it is known what changes, as if a scan had just written all that there is.</summary>
    public void Track()
    {
        if (_marks == 0)
        {
            (_marks, _current, _touched) = (FirstMark | SecondMark, FirstMark, []);
        }
    }

    /// <summary>Begins to write the entries as they are now. A scan before must be over.</summary>
    /// <param name="target">Gets each entry once; no keys that were removed.</param>
    /// <param name="changesOnly">Whether nothing is wanted that has not changed.</param>
    public void BeginScan(ITableScan<TKey, TValue> target, bool changesOnly)
    {
        if (_scan is not null)
        {
            throw new InvalidOperationException("A scan of this table is under way; end or abandon it before the next one.");
        }

        _scan = new ScanState(target, Count, changesOnly ? _touched : null);
        _marks = FirstMark | SecondMark;
        _current = _current == FirstMark ? SecondMark : FirstMark;
        _touched = [];
    }

    /// <summary>Writes some of the entries that the scan has not got to.</summary>
    /// <param name="budget">How much to do; what is done is taken off.</param>
    /// <returns>Whether the scan is over.</returns>
    public bool Advance(ref int budget)
    {
        if (_scan is not { } scan)
        {
            return true;
        }

        for (; scan.NextTouched < scan.Touched?.Count && budget > 0; scan.NextTouched++)
        {
            int index = scan.Touched[scan.NextTouched];
            budget -= CostOfEntry;
            if (index < scan.End && IsDue(index, scan))
            {
                WriteOut(index, scan);
            }
        }

        for (; scan.Cursor < scan.End && budget > 0; scan.Cursor++)
        {
            budget--;
            if (IsDue(scan.Cursor, scan))
            {
                budget -= CostOfEntry;
                WriteOut(scan.Cursor, scan);
            }
        }

        // What a change had to write first may have failed in the middle of somebody else's work.
        scan.Failure?.Throw();
        if (scan.Cursor < scan.End || scan.NextTouched < scan.Touched?.Count)
        {
            return false;
        }

        _scan = null;
        return true;
    }

    /// <summary>Gives a scan up: what it has written is of no use.</summary>
    public void AbandonScan()
    {
        if (_scan is null)
        {
            return;
        }

        _scan = null;
        foreach (ref Entry entry in _entries.AsSpan(0, Count))
        {
            entry.Next &= ~(_marks ^ _current);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Touch(int index)
    {
        if (_scan is { } scan && index < scan.End && IsDue(index, scan))
        {
            WriteOut(index, scan);
        }

        _entries[index].Next = (_entries[index].Next & ~_marks) | _current;
        NoteTouch(index);
    }

    private void NoteTouch(int index)
    {
        if (_touched is { } touched)
        {
            touched.Add(index);
            if (touched.Count > Math.Max(LeastTouched, Count / TouchedShare))
            {
                _touched = null;
            }
        }
    }

    private bool IsDue(int index, ScanState scan)
    {
        ref Entry entry = ref _entries[index];
        return (entry.Next & _current) == 0 && ((entry.Next & _marks) != 0 || (index >= scan.Cursor && scan.Target.IsWhole(entry.Hash)));
    }

    private void WriteOut(int index, ScanState scan)
    {
        ref Entry entry = ref _entries[index];
        try
        {
            scan.Target.Put(entry.Hash, entry.Key, entry.Value);
        }
#pragma warning disable CA1031 // Thrown by Advance: here a function of the user's may be at work, whose errors are another matter.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            scan.Failure ??= ExceptionDispatchInfo.Capture(failure);
        }

        entry.Next &= ~(_marks ^ _current);
    }

    private sealed class ScanState(ITableScan<TKey, TValue> target, int end, List<int>? touched)
    {
        public ITableScan<TKey, TValue> Target { get; } = target;

        /// <summary>What comes from here on is newer than the scan.</summary>
        public int End { get; } = end;

        /// <summary>All that it may have to write; <see langword="null"/> = not known.</summary>
        public List<int>? Touched { get; } = touched;

        public int NextTouched { get; set; }

        /// <summary>The first entry that the scan has not looked at; at the end where it needs to look at none.</summary>
        public int Cursor { get; set; } = touched is null ? 0 : end;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}
