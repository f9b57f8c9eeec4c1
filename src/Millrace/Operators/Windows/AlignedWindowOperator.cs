using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Copying;
using Millrace.Serialization;
using Millrace.StateBackends;
using Millrace.Time;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>
/// Tumbling and sliding event-time windows with an incremental aggregate and the default trigger. Contents lie in panes, hash tables from
/// key to accumulator over all keys of the task: no timer and no object per key. What a pane is, a window or a slice of several, and how
/// windows are made of panes when the watermark fires them, is up to the two operators that derive from this. Semantics of Flink's
/// <c>WindowOperator</c> with <c>EventTimeTrigger</c>.
/// </summary>
/// <param name="spec">What the operator is declared to do.</param>
/// <param name="panesPerRecord">The number of panes that a record goes into at the most.</param>
internal abstract class AlignedWindowOperator<TKey, TIn, TAcc, TResult, TOut>(
    AlignedWindowSpec<TKey, TIn, TAcc, TResult, TOut> spec,
    int panesPerRecord
) : KeyedRecordOperator<TKey, TIn, TOut>, IPreAggregatedInput
    where TKey : notnull
{
    private readonly long _allowedLateness = (long)spec.AllowedLateness.TotalMilliseconds;

    // The panes of the record before: those of every record within a stretch of time, until the watermark moves.
    private readonly WindowPane<TKey, TAcc>[] _recent = new WindowPane<TKey, TAcc>[panesPerRecord];
    private int _recentCount;
    private long _recentStart;
    private ulong _recentLength;

    private OperatorOutput<TIn>? _late;
    private long _lateDropped;

    // A record in several windows has a copy in each further one: what an aggregate does to it in one is not seen in another.
    private ObjectCopier? _copier;

    /// <summary>Records that belonged to no open window any more and that no side output took.</summary>
    public long LateRecordsDropped => _lateDropped;

    protected AlignedTimeWindows Windows { get; } = spec.Windows;

    /// <summary>The keys of the task.</summary>
    protected KeyContext<TKey> Keys { get; private set; } = null!;

    protected IAggregateFunction<TIn, TAcc, TResult> Aggregate { get; } = spec.Aggregate;

    protected WindowProjection<TKey, TimeWindow, TResult, TOut> Function { get; } = spec.Function;

    /// <summary>The panes that are open for the stretch of time that was entered last.</summary>
    protected ReadOnlySpan<WindowPane<TKey, TAcc>> Recent => _recent.AsSpan(0, _recentCount);

    public override void Open(ISnapshotReader? restored)
    {
        Keys = new KeyContext<TKey>(spec.Hasher, spec.KeySerializer, Context.KeyGroupRange, Context.MaxParallelism);
        _late = spec.LateTag is null ? null : SideOutputs.Find<TIn>(spec.LateTag);
        _copier = panesPerRecord == 1 || Context.ReusesObjects || ObjectCopier.IsNeedless<TIn>() ? null : new ObjectCopier();
    }

    public void OnPartials(ReadOnlySpan<byte> payload)
    {
        DataReader data = new(payload);
        while (!data.AtEnd)
        {
            long start = data.ReadVarInt64();
            bool isOpen = EnterSlice(start);
            for (uint count = data.ReadVarUInt32(); count > 0; count--)
            {
                TKey key = spec.KeySerializer.Deserialize(ref data);
                uint records = data.ReadVarUInt32();
                DataReader again = data;
                TAcc partial = spec.AccumulatorSerializer.Deserialize(ref data);
                if (!isOpen)
                {
                    _lateDropped += records;
                    continue;
                }

                try
                {
                    _lateDropped += MergePartial(start, key, spec.Hasher.Hash(key), partial, again) ? 0 : records;
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

        Output.EmitBuffered();
    }

    protected sealed override void TakeFrom(int row, KeyedBatch<TKey, TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        ReadOnlySpan<WindowPane<TKey, TAcc>> panes = Recent;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            if (unchecked((ulong)(timestamps[i] - _recentStart)) >= _recentLength)
            {
                EnterTime(timestamps[i]);
                panes = Recent;
            }

            if (panes.IsEmpty)
            {
                TakeWithoutPane(keys[i], hashes[i], values[i], timestamps[i]);
            }
            else
            {
                AddTo(panes, keys[i], hashes[i], values[i]);
            }
        }
    }

    /// <summary>
    /// Finds or opens the panes of a record, and says so by <see cref="Enter"/> and <see cref="Add(WindowPane{TKey, TAcc})"/>.
    /// </summary>
    protected abstract void Locate(long timestamp);

    /// <summary>Takes a record for which <see cref="Locate"/> found no pane.</summary>
    protected abstract void TakeWithoutPane(TKey key, uint hash, TIn value, long timestamp);

    /// <summary>Begins the pre-aggregated records of a slice; whether any window of it is still open.</summary>
    protected abstract bool EnterSlice(long start);

    /// <summary>Adds what the records of a key and slice have been combined to.</summary>
    /// <param name="start">Of the slice.</param>
    /// <param name="key">The key.</param>
    /// <param name="hash">Hash of the key.</param>
    /// <param name="partial">The accumulator.</param>
    /// <param name="again">Where it can be read from once more.</param>
    /// <returns>Whether any window of the slice is open for the key.</returns>
    protected abstract bool MergePartial(long start, TKey key, uint hash, TAcc partial, DataReader again);

    /// <summary>Forgets the panes of the record before, and finds those of a record.</summary>
    protected void EnterTime(long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            throw WindowErrors.NoTimestamp(Context.Name);
        }

        LeaveTime();
        Locate(timestamp);
    }

    /// <summary>Says for which times <c>[start, end)</c> the panes hold that are added next.</summary>
    protected void Enter(long start, long end) => (_recentStart, _recentLength) = (start, unchecked((ulong)(end - start)));

    protected void Add(WindowPane<TKey, TAcc> pane) => _recent[_recentCount++] = pane;

    /// <summary>Forgets the panes of the record before; called when the watermark moves and when panes are closed.</summary>
    protected void LeaveTime() => (_recentCount, _recentLength) = (0, 0);

    /// <summary>Adds a record to several panes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void AddTo(ReadOnlySpan<WindowPane<TKey, TAcc>> panes, TKey key, uint hash, TIn value)
    {
        if (_copier is not null && panes.Length > 1)
        {
            AddCopies(panes, key, hash, value);
            return;
        }

        foreach (WindowPane<TKey, TAcc> pane in panes)
        {
            Add(pane, key, hash, value);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    protected void Add(WindowPane<TKey, TAcc> pane, TKey key, uint hash, TIn value)
    {
        ref TAcc accumulator = ref pane.GetOrAdd(key, hash, out bool added);
        accumulator = added ? AddFirst(pane, key, hash, value) : Aggregate.Add(value, accumulator);
        if (pane.HasFiredForAny)
        {
            EmitIfFired(pane, key, hash, accumulator);
        }
    }

    /// <summary>Emits the result of a key whose window has fired before, with a record that is late but allowed.</summary>
    protected void EmitIfFired(WindowPane<TKey, TAcc> pane, TKey key, uint hash, TAcc accumulator)
    {
        if (pane.HasFired(hash, Context.MaxParallelism))
        {
            Function.Emit(key, WindowOf(pane.Start), Aggregate.GetResult(accumulator), Output);
        }
    }

    /// <summary>Emits the result of a key and window; one that user code throws for is left out.</summary>
    protected void Fire(TimeWindow window, TKey key, TAcc accumulator)
    {
        try
        {
            Function.Emit(key, window, Aggregate.GetResult(accumulator), Output);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutResult(failure, "a window", key, $"window {window}", accumulator, window.MaxTimestamp, Output.Buffered);
        }
    }

    protected void OnLate(TIn value, long timestamp)
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

    /// <summary>The greatest timestamp of windows that are closed at a watermark.</summary>
    protected long ClosedAt(long watermark) => watermark == long.MaxValue ? watermark : EventTime.Subtract(watermark, _allowedLateness);

    /// <summary>Makes what holds windows or slices, without any.</summary>
    protected AlignedWindowState<TKey, TAcc> CreateState(string sectionName) =>
        new(Windows, Keys, spec.AccumulatorSerializer, Context.StateStore?.Invoke(), sectionName);

    protected TimeWindow WindowOf(long start) => new(start, start + Windows.Size);

    protected long MaxTimestampOf(long start) => Windows.MaxTimestampOf(start);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddCopies(ReadOnlySpan<WindowPane<TKey, TAcc>> panes, TKey key, uint hash, TIn value)
    {
        Add(panes[0], key, hash, value);
        for (int i = 1; i < panes.Length; i++)
        {
            Add(panes[i], key, hash, _copier!.Copy(value));
        }
    }

    // Apart, so that a record that is left out takes the entry with it that it has made.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private TAcc AddFirst(WindowPane<TKey, TAcc> pane, TKey key, uint hash, TIn value)
    {
        try
        {
            return Aggregate.Add(value, Aggregate.CreateAccumulator());
        }
        catch
        {
            pane.RemoveAdded(key, hash);
            throw;
        }
    }
}
