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
    private readonly AlignedWindowState<TKey, TAcc> _state;
    private readonly TypeSerializer<TAcc> _accumulatorSerializer;

    // Checkpointed.
    private readonly AlignedPanes<TKey, TAcc> _panes;

    // Not checkpointed: the task restores its watermark before any record.
    private long _watermark = long.MinValue;
    private long _closedUpTo = long.MinValue;

    public WholeWindowOperator(AlignedWindowSpec<TKey, TIn, TAcc, TResult, TOut> spec)
        : base(spec, WindowsPerRecord(spec.Windows))
    {
        _accumulatorSerializer = spec.AccumulatorSerializer;
        _panes = new AlignedPanes<TKey, TAcc>(spec.Windows, spec.Hasher);
        _state = new AlignedWindowState<TKey, TAcc>(_panes, spec.Hasher, spec.KeySerializer, spec.AccumulatorSerializer);
    }

    public override long OpenWindows => _panes.Count;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        if (restored is not null)
        {
            if (restored.KeyGroupSections(AlignedWindowState<TKey, TAcc>.Slices).Count > 0)
            {
                throw new StateMigrationException(
                    $"Window operator '{Context.Uid}' has slices of windows in the checkpoint, which can only be read while its aggregate "
                        + $"is {nameof(IAggregateFunction<,,>.IsCommutative)} and its windows slide; keep both, or "
                        + "give the operator another uid."
                );
            }

            _state.Restore(restored, Context.Uid, Context.KeyGroupRange, Context.MaxParallelism);
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

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) =>
        _state.Snapshot(writer, Context.KeyGroupRange, Context.MaxParallelism);

    protected override void Locate(long timestamp)
    {
        (long from, long to) = Windows.SliceOf(timestamp);
        Enter(from, to);
        for (long start = TimeWindow.StartOf(from, Windows.Offset, Windows.Slide); start > from - Windows.Size; start -= Windows.Slide)
        {
            if (MaxTimestampOf(start) > _closedUpTo)
            {
                Add(GetOrOpen(start));
            }
        }
    }

    protected override void TakeWithoutPane(TKey key, uint hash, TIn value, long timestamp)
    {
        // Windows further apart than they are long leave gaps: what lies in one is not late.
        if (Windows.Clamp(timestamp) <= _closedUpTo)
        {
            OnLate(value, timestamp);
        }
    }

    protected override bool EnterSlice(long start)
    {
        EnterTime(start);
        return !Recent.IsEmpty;
    }

    protected override void MergePartial(long start, TKey key, uint hash, TAcc partial, DataReader again)
    {
        bool isUsed = false;
        foreach (WindowPane<TKey, TAcc> pane in Recent)
        {
            if (isUsed && RuntimeHelpers.IsReferenceOrContainsReferences<TAcc>())
            {
                // Every window changes an accumulator of its own.
                DataReader copy = again;
                partial = _accumulatorSerializer.Deserialize(ref copy);
            }

            isUsed = true;
            ref TAcc accumulator = ref pane.Table.GetOrAdd(key, hash, out bool added);
            accumulator = added ? partial : Aggregate.Merge(accumulator, partial);
            if (pane.HasFiredForAny)
            {
                EmitIfFired(pane, key, hash, accumulator);
            }
        }
    }

    private static int WindowsPerRecord(AlignedTimeWindows windows) =>
        Math.Max(1, (int)((windows.Size + windows.Slide - 1) / windows.Slide));

    private WindowPane<TKey, TAcc> GetOrOpen(long start)
    {
        WindowPane<TKey, TAcc> pane = _panes.GetOrOpen(start);
        if (MaxTimestampOf(start) <= _watermark)
        {
            // Opened by a late but allowed record: it fires with that record, not with the watermark, which has passed.
            pane.Fired = true;
        }

        return pane;
    }

    private void Fire(WindowPane<TKey, TAcc> pane)
    {
        TimeWindow window = WindowOf(pane.Start);
        foreach (ref readonly AppendOnlyTable<TKey, TAcc>.Entry entry in pane.Table.Entries)
        {
            if (!pane.HasFiredForAny || !pane.HasFired(entry.Hash, Context.MaxParallelism))
            {
                Fire(window, entry.Key, entry.Value);
            }
        }
    }
}
