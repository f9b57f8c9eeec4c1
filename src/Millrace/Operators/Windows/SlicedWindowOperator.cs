using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Aligned windows that share slices of the slide's length, for commutative aggregates: a record updates one slice, and a window is merged
/// from its slices when the watermark fires it (Flink SQL's <c>SliceSharedWindowAggProcessor</c>). Results are those of
/// <see cref="WholeWindowOperator{TKey, TIn, TAcc, TResult, TOut}"/>, whose state it also reads.
/// </summary>
internal sealed class SlicedWindowOperator<TKey, TIn, TAcc, TResult, TOut> : AlignedWindowOperator<TKey, TIn, TAcc, TResult, TOut>
    where TKey : notnull
{
    // Checkpointed.
    private AlignedWindowState<TKey, TAcc> _slicesState = null!;
    private AlignedWindowState<TKey, TAcc> _carriedState = null!;
    private readonly WindowProgress _progress;
    private long _watermark = long.MinValue;

    // Not checkpointed.
    private readonly IKeyHasher<TKey> _hasher;
    private AlignedPanes<TKey, TAcc> _slices = null!;
    private AlignedPanes<TKey, TAcc> _carried = null!;
    private SlidingTotals<TKey, TIn, TAcc, TResult> _totals = null!;
    private readonly SortedSet<long> _due = [];

    // Key groups may have seen later watermarks before a restore than the task has by now.
    private long _firedByAny = long.MinValue;
    private long _openWindows;

    public SlicedWindowOperator(AlignedWindowSpec<TKey, TIn, TAcc, TResult, TOut> spec)
        : base(spec, panesPerRecord: 1)
    {
        _hasher = spec.Hasher;
        _progress = new WindowProgress(spec.Windows);
    }

    public override long OpenWindows => Volatile.Read(ref _openWindows);

    /// <summary>Whether sharing slices pays for these windows.</summary>
    public static bool Suits(AlignedTimeWindows windows) => windows.Size % windows.Slide == 0 && windows.Size / windows.Slide >= 3;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _slicesState = CreateState(AlignedWindowSections.Slices);
        _carriedState = CreateState(AlignedWindowSections.Windows);
        (_slices, _carried) = (_slicesState.Panes, _carriedState.Panes);
        _totals = new SlidingTotals<TKey, TIn, TAcc, TResult>(Windows, Aggregate, _slices, _hasher);
        if (restored is not null)
        {
            _progress.Read(restored, AlignedWindowSections.SlicesProgress, Context.KeyGroupRange, Context.Uid, isShape: true);
            _watermark = _progress.Read(
                restored,
                AlignedWindowSections.WindowsProgress,
                Context.KeyGroupRange,
                Context.Uid,
                isShape: false
            );
            _firedByAny = _progress.FiredUpToByAny;
            bool isMixed = _progress.IsMixed;
            bool hasMoved = _slicesState.Restore(restored, Context.Uid, _progress);
            hasMoved |= _carriedState.Restore(restored, Context.Uid, _progress);
            if (hasMoved && isMixed)
            {
                RestoredKeys.ThrowMixed(Context.Uid);
            }

            CountWindows();
        }
    }

    public override void OnWatermark(long watermark)
    {
        // Beyond the last time that windows tell apart, all of them have ended.
        long reached = watermark >= Windows.LastTime ? long.MaxValue : watermark;
        if (reached > _watermark)
        {
            LeaveTime();
            long before = _watermark;
            if (EdgeBehind(reached) > EdgeBehind(before))
            {
                FireUpTo(reached);
            }

            _watermark = reached;
            if (EdgeBehind(ClosedAt(reached)) > EdgeBehind(ClosedAt(before)))
            {
                Close(ClosedAt(reached));
            }
        }

        EmitWatermark(watermark);
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        _progress.Write(writer, AlignedWindowSections.SlicesProgress, Context.KeyGroupRange, _watermark, ClosedAt(_watermark));
        _slicesState.Snapshot(writer);
        _carriedState.Snapshot(writer);
    }

    protected override void Locate(long timestamp)
    {
        long fired = Math.Max(_watermark, _firedByAny);
        if (timestamp > fired)
        {
            // None of the record's windows has fired, and its slice is in no totals yet.
            WindowPane<TKey, TAcc> slice = SliceOf(timestamp);
            Enter(Math.Max(slice.Start, fired + 1), slice.Start + Windows.Slide);
            Add(slice);
        }
    }

    protected override bool EnterSlice(long start) =>
        // There is no allowed lateness where records are pre-aggregated, so no window that has fired is open.
        MaxTimestampOf(start) > _watermark;

    protected override bool MergePartial(long start, TKey key, uint hash, TAcc partial, DataReader again)
    {
        if (MaxTimestampOf(start) <= _firedByAny && _progress.HasFired(KeyGroups.KeyGroupOf(hash, Context.MaxParallelism), start))
        {
            return false;
        }

        _totals.Merge(start, key, hash, partial);
        ref TAcc accumulator = ref SliceOf(start).GetOrAdd(key, hash, out bool added);
        accumulator = added ? partial : Aggregate.Merge(accumulator, partial);
        return true;
    }

    protected override void TakeWithoutPane(TKey key, uint hash, TIn value, long timestamp)
    {
        long last = Windows.LastStartOf(timestamp);
        int group = KeyGroups.KeyGroupOf(hash, Context.MaxParallelism);
        if (IsClosed(group, last))
        {
            OnLate(value, timestamp);
            return;
        }

        Add(SliceOf(timestamp), key, hash, value);
        _totals.Add(last, key, hash, value);
        for (long start = last - Windows.Size + Windows.Slide; start <= last && HasFired(group, start); start += Windows.Slide)
        {
            if (!IsClosed(group, start))
            {
                EmitKey(start, key, hash);
            }
        }
    }

    private bool HasFired(int keyGroup, long start) => MaxTimestampOf(start) <= _watermark || _progress.HasFired(keyGroup, start);

    private bool IsClosed(int keyGroup, long start) => MaxTimestampOf(start) <= ClosedAt(_watermark) || _progress.IsClosed(keyGroup, start);

    /// <summary>The last end of a slice that a watermark has passed; most watermarks pass none.</summary>
    private long EdgeBehind(long watermark) =>
        watermark < long.MinValue + (2 * Windows.Size) ? long.MinValue
        : watermark == long.MaxValue ? long.MaxValue
        : Windows.LastStartOf(watermark + 1);

    private WindowPane<TKey, TAcc> SliceOf(long timestamp)
    {
        long start = Windows.LastStartOf(timestamp);
        int before = _slices.Count;
        WindowPane<TKey, TAcc> slice = _slices.GetOrOpen(start);
        if (_slices.Count > before)
        {
            CountWindows();
        }

        return slice;
    }

    private void FireUpTo(long watermark)
    {
        foreach (WindowPane<TKey, TAcc> slice in _slices.InOrder)
        {
            for (
                long start = slice.Start - Windows.Size + Windows.Slide;
                start <= slice.Start && MaxTimestampOf(start) <= watermark;
                start += Windows.Slide
            )
            {
                if (MaxTimestampOf(start) > _watermark)
                {
                    _due.Add(start);
                }
            }
        }

        foreach (WindowPane<TKey, TAcc> pane in _carried.InOrder)
        {
            if (!pane.Fired && MaxTimestampOf(pane.Start) <= watermark)
            {
                _due.Add(pane.Start);
            }
        }

        foreach (long start in _due)
        {
            try
            {
                Fire(start);
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                // Slices could not be merged: what is merged so far is of no use.
                _totals.Reset();
                TimeWindow window = WindowOf(start);
                LeaveOutResult(failure, "a window", "all keys", $"window {window}", "slices", window.MaxTimestamp, Output.Buffered);
            }
        }

        _due.Clear();
    }

    private void Fire(long start)
    {
        if (_slices.AreStored)
        {
            FireStored(start);
            return;
        }

        _totals.MoveTo(start);
        AppendOnlyTable<TKey, TAcc> first = _totals.First;
        AppendOnlyTable<TKey, TAcc> second = _totals.Second;
        if (_carried.Find(start) is { } carried)
        {
            EmitCarried(carried, first, second);
            (carried.Fired, carried.FiredGroups) = (true, null);
            return;
        }

        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in first.Entries)
        {
            ref TAcc other = ref second.Find(entry.Key, entry.Hash);
            Emit(
                start,
                entry.Key,
                entry.Hash,
                Unsafe.IsNullRef(ref other) ? entry.Value : Aggregate.Merge(_totals.Copy(entry.Value), other)
            );
        }

        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in second.Entries)
        {
            if (Unsafe.IsNullRef(ref first.Find(entry.Key, entry.Hash)))
            {
                Emit(start, entry.Key, entry.Hash, entry.Value);
            }
        }
    }

    /// <summary>Fires a window that was open in a checkpoint that had no slices: what it held is in a table of its own.</summary>
    private void EmitCarried(WindowPane<TKey, TAcc> carried, AppendOnlyTable<TKey, TAcc> first, AppendOnlyTable<TKey, TAcc> second)
    {
        AppendOnlyTable<TKey, TAcc> all = new(_hasher);
        Span<AppendOnlyTable<TKey, TAcc>> tables = [carried.Table, first, second];
        foreach (AppendOnlyTable<TKey, TAcc> table in tables)
        {
            foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in table.Entries)
            {
                ref TAcc total = ref all.GetOrAdd(entry.Key, entry.Hash, out bool added);
                total = added ? _totals.Copy(entry.Value) : Aggregate.Merge(total, entry.Value);
            }
        }

        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in all.Entries)
        {
            if (carried.HasFired(entry.Hash, Context.MaxParallelism))
            {
                continue;
            }

            Emit(carried.Start, entry.Key, entry.Hash, entry.Value);
        }
    }

    /// <summary>Fires a window whose slices may outgrow memory: totals are made of one key group at a time.</summary>
    private void FireStored(long start)
    {
        List<WindowPane<TKey, TAcc>> panes = [];
        WindowPane<TKey, TAcc>? carried = _carried.Find(start);
        for (long slice = start; slice < start + Windows.Size; slice += Windows.Slide)
        {
            if (_slices.Find(slice) is { } pane)
            {
                panes.Add(pane);
            }
        }

        if (carried is not null)
        {
            panes.Add(carried);
        }

        using PaneReaders<TKey, TAcc> readers = new(panes, Keys);
        AppendOnlyTable<TKey, TAcc> totals = new(_hasher);
        for (int group = Keys.KeyGroups.Start; group < Keys.KeyGroups.End; group++)
        {
            if (_progress.HasFired(group, start) || carried?.HasFiredGroup(group) == true)
            {
                continue;
            }

            foreach ((_, TKey key, uint hash, TAcc part) in readers.Of(group))
            {
                ref TAcc total = ref totals.GetOrAdd(key, hash, out bool added);
                total = added ? _totals.Copy(part) : Aggregate.Merge(total, part);
            }

            foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in totals.Entries)
            {
                Fire(WindowOf(start), entry.Key, entry.Value);
            }

            totals.Clear();
        }

        if (carried is not null)
        {
            (carried.Fired, carried.FiredGroups) = (true, null);
        }
    }

    /// <summary>Reports one key of a window that has fired, after a late record.</summary>
    private void EmitKey(long start, TKey key, uint hash)
    {
        TAcc total = Aggregate.CreateAccumulator();
        for (long slice = start; slice < start + Windows.Size; slice += Windows.Slide)
        {
            total = MergeKey(total, _slices.Find(slice), key, hash);
        }

        total = MergeKey(total, _carried.Find(start), key, hash);
        Function.Emit(key, WindowOf(start), Aggregate.GetResult(total), Output);
    }

    private TAcc MergeKey(TAcc total, WindowPane<TKey, TAcc>? pane, TKey key, uint hash)
    {
        if (pane is null)
        {
            return total;
        }

        ref readonly TAcc part = ref pane.Peek(key, hash);
        return Unsafe.IsNullRef(in part) ? total : Aggregate.Merge(total, part);
    }

    private void Emit(long start, TKey key, uint hash, TAcc accumulator)
    {
        if (!_progress.HasFired(KeyGroups.KeyGroupOf(hash, Context.MaxParallelism), start))
        {
            Fire(WindowOf(start), key, accumulator);
        }
    }

    /// <summary>Forgets the slices whose last window is closed.</summary>
    private void Close(long closed)
    {
        int before = _slices.Count;
        while (_slices.FirstUpTo(closed) is { } slice)
        {
            _slices.Close(slice);
        }

        while (_carried.FirstUpTo(closed) is { } pane)
        {
            _carried.Close(pane);
        }

        if (_slices.Count < before && _slices.Count == 0)
        {
            _totals.Reset();
        }

        CountWindows();
    }

    private void CountWindows()
    {
        long count = 0;
        long next = long.MinValue;
        long closed = ClosedAt(_watermark);
        foreach (WindowPane<TKey, TAcc> slice in _slices.InOrder)
        {
            long from = Math.Max(slice.Start - Windows.Size + Windows.Slide, next);
            while (from <= slice.Start && MaxTimestampOf(from) <= closed)
            {
                from += Windows.Slide;
            }

            count += ((slice.Start - from) / Windows.Slide) + 1;
            next = slice.Start + Windows.Slide;
        }

        Volatile.Write(ref _openWindows, Math.Max(count, _carried.Count));
    }
}
