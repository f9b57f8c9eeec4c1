using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Aligned windows of which each is a pane of its own, fired as a whole by the watermark, in order of time: a record updates every window
/// that it belongs to.
/// </summary>
internal sealed class WholeWindowOperator<TKey, TIn, TAcc, TResult, TOut> : AlignedWindowOperator<TKey, TIn, TAcc, TResult, TOut>
    where TKey : notnull
{
    private readonly TypeSerializer<TAcc> _accumulatorSerializer;

    // Checkpointed.
    private readonly WindowProgress _progress;
    private AlignedWindowState<TKey, TAcc> _state = null!;

    // Not restored: the task restores its watermark before any record.
    private AlignedPanes<TKey, TAcc> _panes = null!;
    private long _watermark = long.MinValue;
    private long _closedUpTo = long.MinValue;

    // Key groups may have seen later watermarks before a restore than the task has by now.
    private long _firedByAny = long.MinValue;
    private long _openFromForAll = long.MinValue;
    private readonly List<long> _openStarts = [];

    public WholeWindowOperator(AlignedWindowSpec<TKey, TIn, TAcc, TResult, TOut> spec)
        : base(spec, WindowsPerRecord(spec.Windows))
    {
        _accumulatorSerializer = spec.AccumulatorSerializer;
        _progress = new WindowProgress(spec.Windows);
    }

    public override long OpenWindows => _panes?.Count ?? 0;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _state = CreateState(AlignedWindowSections.Windows);
        _panes = _state.Panes;
        if (restored is not null)
        {
            _progress.Read(restored, AlignedWindowSections.WindowsProgress, Context.KeyGroupRange, Context.Uid, isShape: false);
            _progress.Read(restored, AlignedWindowSections.SlicesProgress, Context.KeyGroupRange, Context.Uid, isShape: false);
            if (HasSlices(restored))
            {
                throw new StateMigrationException(
                    $"Window operator '{Context.Uid}' has slices of windows in the checkpoint, which can only be read while its aggregate "
                        + $"is {nameof(IAggregateFunction<,,>.IsCommutative)} and its windows slide; keep both, or "
                        + "give the operator another uid."
                );
            }

            _state.Restore(restored, Context.Uid, _progress);
            (_firedByAny, _openFromForAll) = (_progress.FiredUpToByAny, _progress.OpenFromForAll);
        }
    }

    public override void OnWatermark(long watermark)
    {
        _watermark = watermark;
        _closedUpTo = ClosedAt(watermark);
        LeaveTime();
        foreach (WindowPane<TKey, TAcc> pane in _panes.InOrder)
        {
            if (MaxTimestampOf(pane.Start) > watermark)
            {
                break;
            }

            if (!pane.Fired)
            {
                Fire(pane);
                (pane.Fired, pane.FiredGroups) = (true, null);
            }
        }

        while (_panes.FirstUpTo(_closedUpTo) is { } pane)
        {
            _panes.Close(pane);
        }

        EmitWatermark(watermark);
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        _progress.Write(writer, AlignedWindowSections.WindowsProgress, Context.KeyGroupRange, _watermark, _closedUpTo);
        _state.Snapshot(writer);
    }

    protected override void Locate(long timestamp)
    {
        (long from, long to) = Windows.SliceOf(timestamp);
        Enter(from, to);

        // Else it depends on the key which windows are open.
        if (from - Windows.Size >= _openFromForAll)
        {
            AddOpen(from);
        }
    }

    protected override void TakeWithoutPane(TKey key, uint hash, TIn value, long timestamp)
    {
        // Windows further apart than they are long leave gaps: what lies in one is not late.
        bool isLate = Windows.Clamp(timestamp) <= _closedUpTo;
        long from = Windows.SliceOf(timestamp).Start;
        if (from - Windows.Size < _openFromForAll)
        {
            int group = KeyGroups.KeyGroupOf(hash, Context.MaxParallelism);
            List<long> starts = OpenStartsOf(from);
            WindowPane<TKey, TAcc>[] open = [.. starts.Where(start => !_progress.IsClosed(group, start)).Select(GetOrOpen)];
            AddTo(open, key, hash, value);
            isLate = open.Length == 0 && (isLate || starts.Count > 0 || _progress.IsBehind(group, Windows.Clamp(timestamp)));
        }

        if (isLate)
        {
            OnLate(value, timestamp);
        }
    }

    protected override bool EnterSlice(long start)
    {
        LeaveTime();
        AddOpen(start);
        return !Recent.IsEmpty;
    }

    protected override bool MergePartial(long start, TKey key, uint hash, TAcc partial, DataReader again)
    {
        bool isUsed = false;
        foreach (WindowPane<TKey, TAcc> pane in Recent)
        {
            if (pane.HasFiredForAny && _progress.IsClosed(KeyGroups.KeyGroupOf(hash, Context.MaxParallelism), pane.Start))
            {
                continue;
            }

            if (isUsed && RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            {
                // Every window changes an accumulator of its own.
                DataReader copy = again;
                partial = _accumulatorSerializer.Deserialize(ref copy);
            }

            isUsed = true;
            ref TAcc accumulator = ref pane.GetOrAdd(key, hash, out bool added);
            accumulator = added ? partial : Aggregate.Merge(accumulator, partial);
            if (pane.HasFiredForAny)
            {
                EmitIfFired(pane, key, hash, accumulator);
            }
        }

        return isUsed;
    }

    private static int WindowsPerRecord(AlignedTimeWindows windows) =>
        Math.Max(1, (int)((windows.Size + windows.Slide - 1) / windows.Slide));

    private void AddOpen(long from)
    {
        foreach (long start in OpenStartsOf(from))
        {
            Add(GetOrOpen(start));
        }
    }

    /// <summary>The starts of the windows of a slice that are not closed, the last one first; valid until the next call.</summary>
    private List<long> OpenStartsOf(long from)
    {
        _openStarts.Clear();
        for (long start = TimeWindow.StartOf(from, Windows.Offset, Windows.Slide); start > from - Windows.Size; start -= Windows.Slide)
        {
            if (MaxTimestampOf(start) > _closedUpTo)
            {
                _openStarts.Add(start);
            }
        }

        return _openStarts;
    }

    private WindowPane<TKey, TAcc> GetOrOpen(long start)
    {
        int before = _panes.Count;
        WindowPane<TKey, TAcc> pane = _panes.GetOrOpen(start);
        if (MaxTimestampOf(start) <= _watermark)
        {
            // Opened by a late but allowed record: it fires with that record, not with the watermark, which has passed.
            pane.Fired = true;
        }
        else if (_panes.Count > before && MaxTimestampOf(start) <= _firedByAny)
        {
            pane.FiredGroups = _progress.GroupsThatFired(start);
        }

        return pane;
    }

    private void Fire(WindowPane<TKey, TAcc> pane)
    {
        TimeWindow window = WindowOf(pane.Start);
        if (pane.Stored is not null)
        {
            FireStored(pane, window);
            return;
        }

        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in pane.Table.Entries)
        {
            if (!pane.HasFiredForAny || !pane.HasFired(entry.Hash, Context.MaxParallelism))
            {
                Fire(window, entry.Key, entry.Value);
            }
        }
    }

    private void FireStored(WindowPane<TKey, TAcc> pane, TimeWindow window)
    {
        using PaneReaders<TKey, TAcc> reader = new([pane], Keys);
        for (int group = Keys.KeyGroups.Start; group < Keys.KeyGroups.End; group++)
        {
            if (pane.HasFiredGroup(group))
            {
                continue;
            }

            foreach ((_, TKey key, _, TAcc accumulator) in reader.Of(group))
            {
                Fire(window, key, accumulator);
            }
        }
    }

    // Parts of earlier checkpoints may still have slices that are closed.
    private bool HasSlices(ISnapshotReader restored)
    {
        AlignedWindowState<TKey, TAcc> slices = new(Windows, Keys, _accumulatorSerializer, store: null, AlignedWindowSections.Slices);
        slices.Restore(restored, Context.Uid, _progress);
        return slices.Panes.Count > 0;
    }
}
