using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace Millrace.State;

/// <summary>
/// How a table is written while it goes on changing, by one thread: what a scan is due to write is written before it changes, and the rest
/// a few slots at a time. Two marks in a slot take turns: one says that the entry has been touched since the last scan began, the other
/// that it was touched before and the scan has not got to it. A third says that no scan has ever written it.
/// <code>
/// BeginScan -> { Advance | any change }* until Advance says that it is over, or AbandonScan
/// </code>
/// </summary>
internal sealed partial class KeyGroupTable<TKey, TValue>
    where TKey : notnull
{
    // An entry is a cache miss and some bytes, a slot a look.
    private const int CostOfEntry = 32;

    private const int IndexBits = 29;
    private const uint IndexMask = (1u << IndexBits) - 1;
    private const uint FirstMark = 1u << IndexBits;
    private const uint SecondMark = 1u << (IndexBits + 1);
    private const uint New = 1u << (IndexBits + 2);

    // Where this many of the slots have been touched, looking at all of them costs little more.
    private const int TouchedShare = 8;
    private const int LeastTouched = 1024;

    private const int SlotsAtOnce = 512;
    private const int EntriesAhead = 16;

    // Both marks once the first scan has begun.
    private uint _marks;
    private uint _current;
    private ScanState? _scan;

    // The entries that bear the current mark, and some that have gone since; null = too many.
    private List<(uint Hash, int Entry)>? _touched;
    private List<(uint Hash, int Entry)>? _spare;

    // Keys that a scan has written and that were removed since the last one began; null = nobody asks.
    private List<(TKey Key, uint Hash)>? _removed;

    /// <summary>Whether a scan has begun, so that it is known what has changed since.</summary>
    public bool IsTracked => _marks != 0;

    private uint NewMark => _marks == 0 ? 0 : New | _current;

    /// <summary>Begins to write the entries as they are now. A scan before must be over.</summary>
    /// <param name="target">Gets each entry once.</param>
    /// <param name="writesRemovals">Whether it also gets the keys that were removed since the scan before began, as far as that one has
    /// asked for it.</param>
    /// <param name="notesRemovals">Whether the next scan is to know which keys were removed after this moment.</param>
    /// <param name="changesOnly">Whether nothing is wanted that has not changed: then few changes cost little, however large the table
    /// is.</param>
    /// <param name="isAtOnce">Whether all is written before the next change: then entries are read in the order of their memory.</param>
    public void BeginScan(
        ITableScan<TKey, TValue> target,
        bool writesRemovals = false,
        bool notesRemovals = false,
        bool changesOnly = false,
        bool isAtOnce = false
    )
    {
        if (_scan is not null)
        {
            throw new InvalidOperationException("A scan of this table is under way; end or abandon it before the next one.");
        }

        List<(uint Hash, int Entry)>? touched = changesOnly ? _touched : null;
        _scan = new ScanState(target, writesRemovals ? _removed : null, touched, isAtOnce && touched is null);
        _touched = (touched is null ? _touched : _spare) ?? [];
        _touched.Clear();
        _marks = FirstMark | SecondMark;
        _current = _current == FirstMark ? SecondMark : FirstMark;
        _removed = notesRemovals ? [] : null;
    }

    /// <summary>From now on it is known what changes, as if a scan had just written all that there is.</summary>
    public void Track()
    {
        if (_marks == 0)
        {
            (_marks, _current, _removed, _touched) = (FirstMark | SecondMark, FirstMark, [], []);
        }
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

        for (; scan.NextRemoved < scan.Removed?.Count && budget > 0; scan.NextRemoved++)
        {
            budget -= CostOfEntry;
            (TKey key, uint hash) = scan.Removed[scan.NextRemoved];
            if (!scan.Target.IsWhole(hash))
            {
                scan.Target.Remove(hash, key);
            }
        }

        for (; scan.NextTouched < scan.Touched?.Count && budget > 0; scan.NextTouched++)
        {
            budget -= CostOfEntry;
            WriteTouched(scan.Touched[scan.NextTouched]);
        }

        if (scan.IsAtOnce && scan.Segment == 0)
        {
            WriteInOrder(scan);
        }

        while (scan.Segment < _segments.Length && budget > 0)
        {
            AdvanceIn(scan, ref budget);
        }

        // What a change had to write first may have failed in the middle of somebody else's work.
        scan.Failure?.Throw();
        if (scan.Segment < _segments.Length || scan.NextRemoved < scan.Removed?.Count || scan.NextTouched < scan.Touched?.Count)
        {
            return false;
        }

        (_scan, _spare) = (null, scan.Touched);
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
        for (int segment = 0; segment < _segments.Length; segment += SpanOf(segment))
        {
            foreach (ref Slot slot in _segments[segment].Slots.AsSpan())
            {
                slot.Entry &= ~(_marks ^ _current);
            }
        }
    }

    // Writes some of the segment that the scan has got to.
    private void AdvanceIn(ScanState scan, ref int budget)
    {
        Slot[] slots = _segments[scan.Segment].Slots;
        while (scan.Slot < slots.Length && budget > 0)
        {
            budget--;
            ref Slot slot = ref slots[scan.Slot];
            if (slot.Entry != 0 && IsDue(slot, scan.Segment, scan.Slot, scan))
            {
                budget -= CostOfEntry;
                WriteOut(ref slot, scan);
            }

            scan.Slot++;
        }

        if (scan.Slot >= slots.Length)
        {
            scan.Segment += SpanOf(scan.Segment);
            scan.Slot = 0;
        }
    }

    // Slots of a segment are about to move: a scan is in front of it or behind it then.
    private void EndScanOf(int segment)
    {
        if (_scan is { } scan && scan.Segment == segment && scan.Slot > 0)
        {
            int budget = int.MaxValue;
            AdvanceIn(scan, ref budget);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Touch(Slot[] slots, int index)
    {
        ref Slot slot = ref slots[index];
        WriteIfDue(ref slot, index);
        slot.Entry = (slot.Entry & ~_marks) | _current;
        NoteTouch(slot.Hash, slot.Index);
    }

    private void WriteIfDue(ref Slot slot, int index)
    {
        if (_scan is { } scan && IsDue(slot, SegmentOf(slot.Hash), index, scan))
        {
            WriteOut(ref slot, scan);
        }
    }

    private void NoteTouch(uint hash, int entry)
    {
        if (_touched is { } touched)
        {
            touched.Add((hash, entry));
            if (touched.Count > Math.Max(LeastTouched, _capacity / TouchedShare))
            {
                _touched = null;
            }
        }
    }

    // What is due, by entry: slots are passed in the order of their memory first, entries then. Which slots are taken, and which of these
    // are due, is as good as random, so it is found out without branches.
    private void WriteInOrder(ScanState scan)
    {
        int words = (_used + 63) / 64;
        ulong[] due = ArrayPool<ulong>.Shared.Rent(words);
        uint[] hashes = ArrayPool<uint>.Shared.Rent(_used);
        due.AsSpan(0, words).Clear();
        Span<int> taken = stackalloc int[SlotsAtOnce];
        Span<uint> takenHashes = stackalloc uint[SlotsAtOnce];
        Span<bool> isWhole = stackalloc bool[SlotsAtOnce];
        for (int segment = 0; segment < _segments.Length; segment += SpanOf(segment))
        {
            Slot[] all = _segments[segment].Slots;
            for (int start = 0; start < all.Length; start += SlotsAtOnce)
            {
                Span<Slot> slots = all.AsSpan(start, Math.Min(SlotsAtOnce, all.Length - start));
                int count = 0;
                for (int i = 0; i < slots.Length; i++)
                {
                    taken[count] = i;
                    takenHashes[count] = slots[i].Hash;
                    count += slots[i].Entry != 0 ? 1 : 0;
                }

                scan.Target.AreWhole(takenHashes[..count], isWhole);
                int dueCount = 0;
                for (int i = 0; i < count; i++)
                {
                    uint entry = slots[taken[i]].Entry;
                    taken[dueCount] = taken[i];
                    dueCount += ((entry & _current) == 0) & (isWhole[i] | ((entry & _marks) != 0)) ? 1 : 0;
                }

                foreach (int i in taken[..dueCount])
                {
                    ref Slot slot = ref slots[i];
                    due[slot.Index >> 6] |= 1UL << slot.Index;
                    hashes[slot.Index] = slot.Hash;
                    slot.Entry &= ~((_marks ^ _current) | New);
                }
            }
        }

        PutAll(due.AsSpan(0, words), hashes, scan);
        ArrayPool<ulong>.Shared.Return(due);
        ArrayPool<uint>.Shared.Return(hashes);
        scan.Segment = int.MaxValue;
    }

    // An entry and its key are asked for some entries before they are read.
    private void PutAll(ReadOnlySpan<ulong> due, ReadOnlySpan<uint> hashes, ScanState scan)
    {
        Span<int> ahead = stackalloc int[EntriesAhead];
        int asked = 0;
        for (int word = 0; word < due.Length; word++)
        {
            for (ulong bits = due[word]; bits != 0; bits &= bits - 1)
            {
                int entry = (word << 6) + BitOperations.TrailingZeroCount(bits);
                if (asked >= EntriesAhead)
                {
                    int next = ahead[asked % EntriesAhead];
                    Put(next, hashes[next], scan);
                    Prefetching.ReferredBy(ref EntryAt(ahead[(asked - (EntriesAhead / 2)) % EntriesAhead]).Key);
                }

                Prefetching.Of(ref EntryAt(entry));
                ahead[asked++ % EntriesAhead] = entry;
            }
        }

        for (int i = Math.Max(0, asked - EntriesAhead); i < asked; i++)
        {
            int next = ahead[i % EntriesAhead];
            Put(next, hashes[next], scan);
        }
    }

    // What has been removed since is not found, and what has taken its place bears marks of its own.
    private void WriteTouched((uint Hash, int Entry) touched)
    {
        Slot[] slots = HomeOf(touched.Hash, out int i);
        for (; i < slots.Length && slots[i].Entry != 0; i++)
        {
            if (slots[i].Hash == touched.Hash && slots[i].Index == touched.Entry)
            {
                WriteIfDue(ref slots[i], i);
                return;
            }
        }
    }

    private void NoteRemoval(Slot[] slots, int index)
    {
        ref Slot slot = ref slots[index];
        WriteIfDue(ref slot, index);
        if (_removed is { } removed && (slot.Entry & New) == 0)
        {
            removed.Add((EntryAt(slot.Index).Key, slot.Hash));
        }
    }

    // An entry that is moved behind the scan would not be met any more.
    private void NoteMove(Slot[] slots, int segment, int from, int to)
    {
        if (_scan is { } scan && !scan.HasPassed(segment, from) && scan.HasPassed(segment, to))
        {
            WriteIfDue(ref slots[from], from);
        }
    }

    private bool IsDue(in Slot slot, int segment, int index, ScanState scan) =>
        (slot.Entry & _current) == 0 && ((slot.Entry & _marks) != 0 || (!scan.HasPassed(segment, index) && scan.Target.IsWhole(slot.Hash)));

    private void WriteOut(ref Slot slot, ScanState scan)
    {
        Put(slot.Index, slot.Hash, scan);
        slot.Entry &= ~((_marks ^ _current) | New);
    }

    private void Put(int index, uint hash, ScanState scan)
    {
        ref Entry entry = ref EntryAt(index);
        try
        {
            scan.Target.Put(hash, entry.Key, entry.Value);
        }
#pragma warning disable CA1031 // Thrown by Advance: here a function of the user's may be at work, whose errors are another matter.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            scan.Failure ??= ExceptionDispatchInfo.Capture(failure);
        }
    }

    private sealed class ScanState(
        ITableScan<TKey, TValue> target,
        List<(TKey Key, uint Hash)>? removed,
        List<(uint Hash, int Entry)>? touched,
        bool isAtOnce
    )
    {
        public bool IsAtOnce { get; } = isAtOnce;

        public ITableScan<TKey, TValue> Target { get; } = target;

        public List<(TKey Key, uint Hash)>? Removed { get; } = removed;

        public int NextRemoved { get; set; }

        /// <summary>All that it may have to write; <see langword="null"/> = not known.</summary>
        public List<(uint Hash, int Entry)>? Touched { get; } = touched;

        public int NextTouched { get; set; }

        /// <summary>The segment that the scan has got to; behind all where it needs to look at none.</summary>
        public int Segment { get; set; } = touched is null ? 0 : int.MaxValue;

        /// <summary>The first slot there that it has not looked at.</summary>
        public int Slot { get; set; }

        public bool HasPassed(int segment, int slot) => segment < Segment || (segment == Segment && slot < Slot);

        public void OnPlacesDoubled() => Segment = Segment == int.MaxValue ? Segment : Segment * 2;

        public ExceptionDispatchInfo? Failure { get; set; }
    }
}

/// <summary>Gets the entries of a table.</summary>
internal interface ITableScan<TKey, TValue>
{
    /// <summary>Whether entries are wanted that have not changed since the scan before began, and no keys that were removed.</summary>
    bool IsWhole(uint hash);

    /// <summary>The same of many.</summary>
    void AreWhole(ReadOnlySpan<uint> hashes, Span<bool> areWhole)
    {
        for (int i = 0; i < hashes.Length; i++)
        {
            areWhole[i] = IsWhole(hashes[i]);
        }
    }

    void Put(uint hash, TKey key, in TValue value);

    void Remove(uint hash, TKey key);
}
