using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Copying;
using Millrace.Serialization;
using Millrace.State;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>
/// Tumbling and sliding event-time windows with an incremental aggregate and the default trigger: each open window is one hash table from
/// key to accumulator, fired as a whole by the watermark, in order of time. No timer and no object per key. Semantics of Flink's
/// <c>WindowOperator</c> with <c>EventTimeTrigger</c>.
/// </summary>
internal sealed class AlignedWindowOperator<TKey, TIn, TAcc, TResult, TOut> : KeyedRecordOperator<TKey, TIn, TOut>, IPreAggregatedInput
    where TKey : notnull
{
    // Configuration.
    private readonly AlignedTimeWindows _windows;
    private readonly IAggregateFunction<TIn, TAcc, TResult> _aggregate;
    private readonly WindowEmitter<TKey, TResult, TOut> _emitter;
    private readonly long _allowedLateness;
    private readonly string? _lateTag;
    private readonly AlignedWindowState<TKey, TAcc> _state;
    private readonly IKeyHasher<TKey> _hasher;
    private readonly TypeSerializer<TKey> _keySerializer;
    private readonly TypeSerializer<TAcc> _accumulatorSerializer;

    // Checkpointed.
    private readonly AlignedPanes<TKey, TAcc> _panes;

    // Not checkpointed: the task restores its watermark before any record.
    private readonly WindowPane<TKey, TAcc>?[] _recent;
    private long _recentLast;
    private ulong _recentSpan;
    private long _watermark = long.MinValue;
    private long _closedUpTo = long.MinValue;
    private OperatorOutput<TIn>? _late;
    private long _lateDropped;

    // A record in several windows has a copy in each further one: what an aggregate does to it in one is not seen in another.
    private ObjectCopier? _copier;

    public AlignedWindowOperator(
        AlignedTimeWindows windows,
        IAggregateFunction<TIn, TAcc, TResult> aggregate,
        WindowEmitter<TKey, TResult, TOut> emitter,
        TimeSpan allowedLateness,
        string? lateTag,
        IKeyHasher<TKey> hasher,
        TypeSerializer<TKey> keySerializer,
        TypeSerializer<TAcc> accumulatorSerializer
    )
    {
        _windows = windows;
        _aggregate = aggregate;
        _emitter = emitter;
        _allowedLateness = (long)allowedLateness.TotalMilliseconds;
        _lateTag = lateTag;
        _hasher = hasher;
        _keySerializer = keySerializer;
        _accumulatorSerializer = accumulatorSerializer;
        _panes = new AlignedPanes<TKey, TAcc>(windows, hasher);
        _state = new AlignedWindowState<TKey, TAcc>(_panes, hasher, keySerializer, accumulatorSerializer);
        _recent = new WindowPane<TKey, TAcc>?[Math.Max(1, (int)((windows.Size + windows.Slide - 1) / windows.Slide))];
    }

    public override long OpenWindows => _panes.Count;

    /// <summary>Records that belonged to no open window any more and that no side output took.</summary>
    public long LateRecordsDropped => _lateDropped;

    public override void Open(ISnapshotReader? restored)
    {
        _late = _lateTag is null ? null : SideOutputs.Find<TIn>(_lateTag);
        _copier = Context.ReusesObjects || ObjectCopier.IsNeedless<TIn>() ? null : new ObjectCopier();
        if (restored is not null)
        {
            if (restored.KeyGroupSections(AlignedWindowState<TKey, TAcc>.Slices).Count > 0)
            {
                throw new StateMigrationException(
                    $"Window operator '{Context.Uid}' has slices of windows in the checkpoint, which can only be read while its aggregate "
                        + $"is {nameof(IAggregateFunction<,,>.IsCommutative)} and its windows slide; keep both, or "
                        + "give the operator another "
                        + "uid."
                );
            }

            _state.Restore(restored, Context.Uid, Context.KeyGroupRange, Context.MaxParallelism);
        }
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        long size = _windows.Size;
        long slide = _windows.Slide;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            long time = timestamps[i];
            if (unchecked((ulong)(time - _recentLast)) >= _recentSpan)
            {
                time = Locate(time);
            }

            bool taken = false;
            long start = _recentLast;
            WindowPane<TKey, TAcc>?[] recent = _recent;
            for (int w = 0; w < recent.Length && time - start < size; w++, start -= slide)
            {
                WindowPane<TKey, TAcc>? pane = recent[w] ?? OpenUnlessLate(w, start);
                if (pane is null)
                {
                    continue;
                }

                if (taken && _copier is not null)
                {
                    Add(pane, keys[i], hashes[i], _copier.Copy(values[i]));
                }
                else
                {
                    Add(pane, keys[i], hashes[i], values[i]);
                    taken = true;
                }
            }

            if (!taken && time <= _closedUpTo)
            {
                OnLate(values[i], timestamps[i]);
            }
        }
    }

    public void OnPartials(ReadOnlySpan<byte> payload)
    {
        DataReader data = new(payload);
        while (!data.AtEnd)
        {
            int windows = LocateAll(data.ReadVarInt64(), out bool taken);
            for (uint count = data.ReadVarUInt32(); count > 0; count--)
            {
                TKey key = _keySerializer.Deserialize(ref data);
                uint records = data.ReadVarUInt32();
                try
                {
                    MergeIntoAll(windows, key, ref data);
                }
                catch (Exception failure) when (IsOwn(failure))
                {
                    LeaveOutResult(
                        failure,
                        "pre-aggregated records",
                        key,
                        $"{records} records",
                        records,
                        RecordBatch.NoTimestamp,
                        Output.Buffered
                    );
                }

                _lateDropped += taken ? 0 : records;
            }
        }

        Output.EmitBuffered();
    }

    public override void OnWatermark(long watermark)
    {
        _watermark = watermark;
        _closedUpTo = watermark == long.MaxValue ? watermark : EventTime.Subtract(watermark, _allowedLateness);
        if (_allowedLateness == 0)
        {
            while (_panes.FirstUpTo(watermark) is { } pane)
            {
                Fire(pane);
                _panes.Close(pane);
            }
        }
        else
        {
            FireAndKeep(watermark);
        }

        _recentSpan = 0;
        EmitWatermark(watermark);
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) =>
        _state.Snapshot(writer, Context.KeyGroupRange, Context.MaxParallelism);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Add(WindowPane<TKey, TAcc> pane, TKey key, uint hash, TIn value)
    {
        ref TAcc accumulator = ref pane.Table.GetOrAdd(key, hash, out bool added);
        accumulator = added ? AddFirst(pane.Table, value) : _aggregate.Add(value, accumulator);
        if (pane.HasFired(hash, Context.MaxParallelism))
        {
            _emitter.Emit(key, WindowOf(pane), _aggregate.GetResult(accumulator), Output);
        }
    }

    // Apart, so that a record that is left out takes the entry with it that it has made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private TAcc AddFirst(KeyTable<TKey, TAcc> table, TIn value)
    {
        try
        {
            return _aggregate.Add(value, _aggregate.CreateAccumulator());
        }
        catch
        {
            table.RemoveLast();
            throw;
        }
    }

    /// <summary>Finds or opens the windows of a slice; returns how many there are, late ones included.</summary>
    private int LocateAll(long timestamp, out bool taken)
    {
        timestamp = Locate(timestamp);
        long last = _recentLast;
        taken = false;
        int windows = 0;
        for (; windows < _recent.Length && last - (windows * _windows.Slide) + _windows.Size > timestamp; windows++)
        {
            taken |= OpenUnlessLate(windows, last - (windows * _windows.Slide)) is not null;
        }

        return windows;
    }

    private void MergeIntoAll(int windows, TKey key, ref DataReader data)
    {
        uint hash = _hasher.Hash(key);
        DataReader again = data;
        TAcc partial = _accumulatorSerializer.Deserialize(ref data);
        bool isUsed = false;
        for (int w = 0; w < windows; w++)
        {
            if (_recent[w] is not { } pane)
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
            ref TAcc accumulator = ref pane.Table.GetOrAdd(key, hash, out bool added);
            accumulator = added ? partial : _aggregate.Merge(accumulator, partial);
            if (pane.HasFired(hash, Context.MaxParallelism))
            {
                _emitter.Emit(key, WindowOf(pane), _aggregate.GetResult(accumulator), Output);
            }
        }
    }

    /// <summary>
    /// Finds the last window of a time and forgets in which the last record was; the time, as near as windows come to it.
    /// </summary>
    private long Locate(long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            throw WindowErrors.NoTimestamp(Context.Name);
        }

        long time = _windows.Clamp(timestamp);
        _recentLast = TimeWindow.StartOf(time, _windows.Offset, _windows.Slide);
        _recentSpan = (ulong)_windows.Slide;
        Array.Clear(_recent);
        return time;
    }

    private WindowPane<TKey, TAcc>? OpenUnlessLate(int slot, long start)
    {
        long maxTimestamp = start + _windows.Size - 1;
        if (maxTimestamp <= _closedUpTo)
        {
            return null;
        }

        WindowPane<TKey, TAcc> pane = _panes.GetOrOpen(start);
        if (maxTimestamp <= _watermark)
        {
            // Opened by a late but allowed record: it fires with that record, not with the watermark, which has passed.
            pane.Fired = true;
        }

        _recent[slot] = pane;
        return pane;
    }

    private void FireAndKeep(long watermark)
    {
        foreach (WindowPane<TKey, TAcc> pane in _panes.InOrder)
        {
            if (_panes.MaxTimestampOf(pane) > watermark)
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
    }

    private void Fire(WindowPane<TKey, TAcc> pane)
    {
        TimeWindow window = WindowOf(pane);
        foreach (ref readonly KeyTable<TKey, TAcc>.Entry entry in pane.Table.Entries)
        {
            if (pane.FiredGroups is null || !pane.HasFired(entry.Hash, Context.MaxParallelism))
            {
                try
                {
                    _emitter.Emit(entry.Key, window, _aggregate.GetResult(entry.Value), Output);
                }
                catch (Exception failure) when (IsOwn(failure))
                {
                    LeaveOutResult(failure, "a window", entry.Key, $"window {window}", entry.Value, window.MaxTimestamp, Output.Buffered);
                }
            }
        }
    }

    private TimeWindow WindowOf(WindowPane<TKey, TAcc> pane) => new(pane.Start, pane.Start + _windows.Size);

    private void OnLate(TIn value, long timestamp)
    {
        if (_late is not null)
        {
            _late.Collect(value, timestamp);
        }
        else
        {
            _lateDropped++;
        }
    }
}
