using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Operators;

/// <summary>
/// Sliding event-time windows with a commutative aggregate and the default trigger: a record updates one slice of the slide's length, and a
/// window is merged from its slices when the watermark fires it (slice sharing: Flink SQL's <c>SliceSharedWindowAggProcessor</c>). Results
/// are those of <see cref="AlignedWindowOperator{TKey, TIn, TAcc, TResult, TOut}"/>, whose state it also reads.
/// </summary>
internal sealed class SlicedWindowOperator<TKey, TIn, TAcc, TResult, TOut> : KeyedRecordOperator<TKey, TIn, TOut>, IPreAggregatedInput
    where TKey : notnull
{
    // Configuration.
    private readonly AlignedTimeWindows _windows;
    private readonly IAggregateFunction<TIn, TAcc, TResult> _aggregate;
    private readonly WindowEmitter<TKey, TResult, TOut> _emitter;
    private readonly long _allowedLateness;
    private readonly string? _lateTag;
    private readonly TypeSerializer<TKey> _keySerializer;
    private readonly TypeSerializer<TAcc> _accumulatorSerializer;
    private readonly AlignedWindowState<TKey, TAcc> _slicesState;
    private readonly AlignedWindowState<TKey, TAcc> _carriedState;

    // Checkpointed.
    private readonly AlignedPanes<TKey, TAcc> _slices;
    private readonly AlignedPanes<TKey, TAcc> _carried;
    private readonly SliceProgress _progress;
    private long _watermark = long.MinValue;

    // Not checkpointed.
    private readonly IKeyHasher<TKey> _hasher;
    private readonly SlidingTotals<TKey, TIn, TAcc, TResult> _totals;
    private readonly SortedSet<long> _due = [];
    private WindowPane<TKey, TAcc>? _recent;
    private OperatorOutput<TIn>? _late;
    private long _lateDropped;
    private long _openWindows;

    public SlicedWindowOperator(
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
        _slices = new AlignedPanes<TKey, TAcc>(windows, hasher);
        _carried = new AlignedPanes<TKey, TAcc>(windows, hasher);
        _progress = new SliceProgress(windows);
        _totals = new SlidingTotals<TKey, TIn, TAcc, TResult>(windows, aggregate, _slices, hasher);
        _slicesState = new AlignedWindowState<TKey, TAcc>(
            _slices,
            hasher,
            keySerializer,
            accumulatorSerializer,
            AlignedWindowState<TKey, TAcc>.Slices
        );
        _carriedState = new AlignedWindowState<TKey, TAcc>(_carried, hasher, keySerializer, accumulatorSerializer);
    }

    public override long OpenWindows => Volatile.Read(ref _openWindows);

    /// <summary>Records that belonged to no open window any more and that no side output took.</summary>
    public long LateRecordsDropped => _lateDropped;

    /// <summary>Whether sharing slices pays for these windows.</summary>
    public static bool Suits(AlignedTimeWindows windows) => windows.Size % windows.Slide == 0 && windows.Size / windows.Slide >= 3;

    public override void Open(ISnapshotReader? restored)
    {
        _late = _lateTag is null ? null : SideOutputs.Find<TIn>(_lateTag);
        if (restored is not null)
        {
            _watermark = _progress.Read(restored, Context.KeyGroupRange, Context.Uid);
            bool hasMoved = _slicesState.Restore(restored, Context.Uid, Context.KeyGroupRange, Context.MaxParallelism);
            hasMoved |= _carriedState.Restore(restored, Context.Uid, Context.KeyGroupRange, Context.MaxParallelism);
            if (hasMoved && _progress.IsMixed)
            {
                RestoredKeys.ThrowMixed(Context.Uid);
            }

            CountWindows();
        }
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        WindowPane<TKey, TAcc>? slice = _recent;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            long timestamp = timestamps[i];
            if (timestamp > _watermark)
            {
                // None of the record's windows has fired, and its slice is in no totals yet.
                if (slice is null || timestamp < slice.Start || timestamp >= slice.Start + _windows.Slide)
                {
                    slice = SliceOf(timestamp);
                    _recent = slice;
                }

                AddTo(slice, keys[i], hashes[i], values[i]);
            }
            else
            {
                OnBehindWatermark(keys[i], hashes[i], values[i], timestamp);
            }
        }
    }

    public void OnPartials(ReadOnlySpan<byte> payload)
    {
        DataReader data = new(payload);
        while (!data.AtEnd)
        {
            // There is no allowed lateness where records are pre-aggregated, so no window that has fired is open.
            long start = data.ReadVarInt64();
            bool isLate = MaxTimestampOf(start) <= _watermark;
            for (uint count = data.ReadVarUInt32(); count > 0; count--)
            {
                TKey key = _keySerializer.Deserialize(ref data);
                uint records = data.ReadVarUInt32();
                TAcc partial = _accumulatorSerializer.Deserialize(ref data);
                if (isLate)
                {
                    _lateDropped += records;
                    continue;
                }

                try
                {
                    Merge(start, key, partial);
                }
                catch (Exception failure) when (IsOwn(failure))
                {
                    LeaveOutResult(
                        failure,
                        "pre-aggregated records",
                        key,
                        $"{records} records",
                        partial,
                        RecordBatch.NoTimestamp,
                        Output.Buffered
                    );
                }
            }
        }
    }

    private void Merge(long start, TKey key, TAcc partial)
    {
        uint hash = _hasher.Hash(key);
        _totals.Merge(start, key, hash, partial);
        ref TAcc accumulator = ref SliceOf(start).Table.GetOrAdd(key, hash, out bool added);
        accumulator = added ? partial : _aggregate.Merge(accumulator, partial);
    }

    public override void OnWatermark(long watermark)
    {
        // Beyond the last time that windows tell apart, all of them have ended.
        long reached = watermark >= _windows.LastTime ? long.MaxValue : watermark;
        if (reached > _watermark)
        {
            long before = _watermark;
            if (EdgeBehind(reached) > EdgeBehind(before))
            {
                FireUpTo(reached);
            }

            _watermark = reached;
            if (EdgeBehind(Lagging(reached)) > EdgeBehind(Lagging(before)))
            {
                Close(Lagging(reached));
            }
        }

        EmitWatermark(watermark);
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        _progress.Write(writer, Context.KeyGroupRange, _watermark);
        _slicesState.Snapshot(writer, Context.KeyGroupRange, Context.MaxParallelism);
        _carriedState.Snapshot(writer, Context.KeyGroupRange, Context.MaxParallelism);
    }

    /// <summary>The last end of a slice that a watermark has passed; most watermarks pass none.</summary>
    private long EdgeBehind(long watermark) =>
        watermark < long.MinValue + (2 * _windows.Size) ? long.MinValue
        : watermark == long.MaxValue ? long.MaxValue
        : _windows.LastStartOf(watermark + 1);

    /// <summary>The greatest timestamp of windows that are closed.</summary>
    private long Lagging(long watermark) => watermark == long.MaxValue ? watermark : EventTime.Subtract(watermark, _allowedLateness);

    private WindowPane<TKey, TAcc> SliceOf(long timestamp)
    {
        long start = _windows.LastStartOf(timestamp);
        int before = _slices.Count;
        WindowPane<TKey, TAcc> slice = _slices.GetOrOpen(start);
        if (_slices.Count > before)
        {
            CountWindows();
        }

        return slice;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddTo(WindowPane<TKey, TAcc> slice, TKey key, uint hash, TIn value)
    {
        ref TAcc accumulator = ref slice.Table.GetOrAdd(key, hash, out bool added);
        accumulator = added ? AddFirst(slice.Table, value) : _aggregate.Add(value, accumulator);
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

    private void OnBehindWatermark(TKey key, uint hash, TIn value, long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            throw WindowErrors.NoTimestamp(Context.Name);
        }

        long last = _windows.LastStartOf(timestamp);
        long closed = Lagging(_watermark);
        if (MaxTimestampOf(last) <= closed)
        {
            OnLate(value, timestamp);
            return;
        }

        AddTo(SliceOf(timestamp), key, hash, value);
        _totals.Add(last, key, hash, value);
        for (
            long start = last - _windows.Size + _windows.Slide;
            start <= last && MaxTimestampOf(start) <= _watermark;
            start += _windows.Slide
        )
        {
            if (MaxTimestampOf(start) > closed)
            {
                EmitKey(start, key, hash);
            }
        }
    }

    private void FireUpTo(long watermark)
    {
        foreach (WindowPane<TKey, TAcc> slice in _slices.InOrder)
        {
            for (
                long start = slice.Start - _windows.Size + _windows.Slide;
                start <= slice.Start && MaxTimestampOf(start) <= watermark;
                start += _windows.Slide
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
                TimeWindow window = new(start, start + _windows.Size);
                LeaveOutResult(failure, "a window", "all keys", $"window {window}", "slices", window.MaxTimestamp, Output.Buffered);
            }
        }

        _due.Clear();
    }

    private void Fire(long start)
    {
        _totals.MoveTo(start);
        KeyTable<TKey, TAcc> first = _totals.First;
        KeyTable<TKey, TAcc> second = _totals.Second;
        if (_carried.Find(start) is { } carried)
        {
            EmitCarried(carried, first, second);
            (carried.Fired, carried.FiredGroups) = (true, null);
            return;
        }

        foreach (ref readonly KeyTable<TKey, TAcc>.Entry entry in first.Entries)
        {
            ref TAcc other = ref second.Find(entry.Key, entry.Hash);
            Emit(
                start,
                entry.Key,
                entry.Hash,
                Unsafe.IsNullRef(ref other) ? entry.Value : _aggregate.Merge(_totals.Copy(entry.Value), other)
            );
        }

        foreach (ref readonly KeyTable<TKey, TAcc>.Entry entry in second.Entries)
        {
            if (Unsafe.IsNullRef(ref first.Find(entry.Key, entry.Hash)))
            {
                Emit(start, entry.Key, entry.Hash, entry.Value);
            }
        }
    }

    /// <summary>Fires a window that was open in a checkpoint that had no slices: what it held is in a table of its own.</summary>
    private void EmitCarried(WindowPane<TKey, TAcc> carried, KeyTable<TKey, TAcc> first, KeyTable<TKey, TAcc> second)
    {
        KeyTable<TKey, TAcc> all = new(_hasher);
        Span<KeyTable<TKey, TAcc>> tables = [carried.Table, first, second];
        foreach (KeyTable<TKey, TAcc> table in tables)
        {
            foreach (ref readonly KeyTable<TKey, TAcc>.Entry entry in table.Entries)
            {
                ref TAcc total = ref all.GetOrAdd(entry.Key, entry.Hash, out bool added);
                total = added ? _totals.Copy(entry.Value) : _aggregate.Merge(total, entry.Value);
            }
        }

        foreach (ref readonly KeyTable<TKey, TAcc>.Entry entry in all.Entries)
        {
            if (carried.HasFired(entry.Hash, Context.MaxParallelism))
            {
                continue;
            }

            Emit(carried.Start, entry.Key, entry.Hash, entry.Value);
        }
    }

    /// <summary>Reports one key of a window that has fired, after a late record.</summary>
    private void EmitKey(long start, TKey key, uint hash)
    {
        TAcc total = _aggregate.CreateAccumulator();
        for (long slice = start; slice < start + _windows.Size; slice += _windows.Slide)
        {
            total = MergeKey(total, _slices.Find(slice), key, hash);
        }

        total = MergeKey(total, _carried.Find(start), key, hash);
        _emitter.Emit(key, new TimeWindow(start, start + _windows.Size), _aggregate.GetResult(total), Output);
    }

    private TAcc MergeKey(TAcc total, WindowPane<TKey, TAcc>? pane, TKey key, uint hash)
    {
        if (pane is null)
        {
            return total;
        }

        ref TAcc part = ref pane.Table.Find(key, hash);
        return Unsafe.IsNullRef(ref part) ? total : _aggregate.Merge(total, part);
    }

    private void Emit(long start, TKey key, uint hash, TAcc accumulator)
    {
        if (!_progress.HasFired(hash, MaxTimestampOf(start), Context.MaxParallelism))
        {
            TimeWindow window = new(start, start + _windows.Size);
            try
            {
                _emitter.Emit(key, window, _aggregate.GetResult(accumulator), Output);
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                LeaveOutResult(failure, "a window", key, $"window {window}", accumulator, window.MaxTimestamp, Output.Buffered);
            }
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

        if (_slices.Count < before)
        {
            // A closed slice may be opened again as another one.
            _recent = null;
            if (_slices.Count == 0)
            {
                _totals.Reset();
            }
        }

        CountWindows();
    }

    private void CountWindows()
    {
        long count = 0;
        long next = long.MinValue;
        long closed = Lagging(_watermark);
        foreach (WindowPane<TKey, TAcc> slice in _slices.InOrder)
        {
            long from = Math.Max(slice.Start - _windows.Size + _windows.Slide, next);
            while (from <= slice.Start && MaxTimestampOf(from) <= closed)
            {
                from += _windows.Slide;
            }

            count += ((slice.Start - from) / _windows.Slide) + 1;
            next = slice.Start + _windows.Slide;
        }

        Volatile.Write(ref _openWindows, Math.Max(count, _carried.Count));
    }

    private long MaxTimestampOf(long start) => start + _windows.Size - 1;

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
