using System.Runtime.CompilerServices;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Errors;
using Millrace.Patterns;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;

namespace Millrace.Operators.Patterns;

/// <summary>
/// Looks for a pattern in the events of each key. In event time, events wait for the watermark and are then fed in order of time. In
/// processing time, they are fed as they come; with a comparer, those of one millisecond wait for its end. Only keys with something due are
/// looked at when time goes on. Semantics of Flink's <c>CepOperator</c>.
/// </summary>
internal sealed class PatternOperator<TKey, T, TOut> : KeyedRecordOperator<TKey, T, TOut>, IMatchListener<T>, IProcessingTimeCallback
    where TKey : notnull
{
    private const int MaxPooled = 16_384;

    // Configuration.
    private readonly PatternProcessFunction<T, TOut> _function;
    private readonly ITimedOutPartialMatchHandler<T>? _timeouts;
    private readonly IComparer<T>? _comparer;
    private readonly string? _lateTag;
    private readonly bool _isProcessingTime;
    private readonly IKeyHasher<TKey> _hasher;
    private readonly PatternStateFormat<TKey, T> _format;
    private readonly Matcher<TKey, T> _matcher;

    // Checkpointed.
    private KeyGroupTable<TKey, KeyMatches<TKey, T>> _keys = null!;

    // Not checkpointed: the task restores its watermark before any record.
    private readonly PriorityQueue<KeyMatches<TKey, T>, long> _due = new();
    private readonly Stack<KeyMatches<TKey, T>> _pool = new();
    private long _watermark = long.MinValue;
    private long _armedFor = long.MaxValue;
    private KeyMatches<TKey, T>? _advancing;
    private OperatorOutput<T>? _late;
    private OperatorCollector<TOut> _collector = null!;
    private PatternFunctionContext _functionContext = null!;

    public PatternOperator(
        Automaton<T> automaton,
        PatternProcessFunction<T, TOut> function,
        IComparer<T>? comparer,
        string? lateTag,
        bool isProcessingTime,
        IKeyHasher<TKey> hasher,
        TypeSerializer<TKey> keySerializer,
        TypeSerializer<T> eventSerializer
    )
    {
        _function = function;
        _timeouts = function as ITimedOutPartialMatchHandler<T>;
        _comparer = comparer;
        _lateTag = lateTag;
        _isProcessingTime = isProcessingTime;
        _hasher = hasher;
        _matcher = new Matcher<TKey, T>(automaton, this);
        _format = new PatternStateFormat<TKey, T>(automaton, keySerializer, eventSerializer);
    }

    /// <summary>Events that came after the watermark and that no side output took.</summary>
    public long LateRecordsDropped { get; private set; }

    /// <summary>Keys with anything kept.</summary>
    public int KeyCount => _keys.Count;

    bool IMatchListener<T>.WantsTimeouts => _timeouts is not null;

    public override void Open(ISnapshotReader? restored)
    {
        _keys = new KeyGroupTable<TKey, KeyMatches<TKey, T>>(_hasher, HashRange.Of(Context.KeyGroupRange, Context.MaxParallelism));
        _late = _lateTag is null ? null : SideOutputs.Find<T>(_lateTag);
        _collector = new OperatorCollector<TOut>(Output);
        _functionContext = new PatternFunctionContext(SideOutputs, Context.ProcessingTime, _isProcessingTime);
        if (restored is null)
        {
            return;
        }

        KeyGroupTable<TKey, KeyMatches<TKey, T>>.Loader loader = _keys.Load();
        foreach (KeyMatches<TKey, T> key in _format.Restore(restored, Context.Uid, _hasher, Context.KeyGroupRange, Context.MaxParallelism))
        {
            loader.Add(key.Key, key.Hash) = key;
            Schedule(key);
        }

        if (loader.Complete() > 0)
        {
            RestoredKeys.ThrowTwice(loader.Twice, Context.Uid);
        }

        Arm();
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, T> batch)
    {
        if (_isProcessingTime)
        {
            TakeNow(row, batch);
            return;
        }

        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;

            // The last time of all is that of "never" (ScheduledAt) and of the end of input.
            long timestamp = Math.Min(timestamps[i], long.MaxValue - 1);
            if (timestamp <= _watermark || timestamp == RecordBatch.NoTimestamp)
            {
                OnLate(values[i], timestamps[i]);
                continue;
            }

            KeyMatches<TKey, T> key = GetOrCreate(keys[i], hashes[i]);
            key.Add(values[i], timestamp, _comparer);
            if (timestamp < key.ScheduledAt)
            {
                ScheduleAt(key, timestamp);
            }
        }
    }

    protected override void EndBatch()
    {
        EmitBuffered();
        Arm();
    }

    public override void OnWatermark(long watermark)
    {
        _watermark = watermark;
        if (!_isProcessingTime)
        {
            AdvanceDue(watermark);
        }

        EmitWatermark(watermark);
    }

    public void OnProcessingTime(long timestamp)
    {
        _armedFor = long.MaxValue;
        AdvanceDue(timestamp);
        EmitBuffered();
        Arm();
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        if (_keys.Count > 0)
        {
            _format.Snapshot(writer, _keys, Context.KeyGroupRange, Context.MaxParallelism);
        }
    }

    void IMatchListener<T>.OnMatch(PatternMatch<T> match, long timestamp)
    {
        _collector.Timestamp = _isProcessingTime ? RecordBatch.NoTimestamp : timestamp;
        _functionContext.Timestamp = timestamp;
        int before = Output.Buffered;
        try
        {
            _function.ProcessMatch(match, _functionContext, _collector);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutMatch(failure, "a match", match, timestamp, before);
        }
    }

    void IMatchListener<T>.OnTimeout(PatternMatch<T> match, long timestamp)
    {
        _functionContext.Timestamp = timestamp;
        int before = Output.Buffered;
        try
        {
            _timeouts!.ProcessTimedOutMatch(match, _functionContext);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutMatch(failure, "a timed-out match", match, timestamp, before);
        }
    }

    private void LeaveOutMatch(Exception failure, string subject, PatternMatch<T> match, long timestamp, int before) =>
        LeaveOutResult(
            failure,
            subject,
            _advancing is { } key ? key.Key : default,
            $"the match of {RecordText.OfTime(timestamp)}",
            match.Events,
            timestamp,
            before
        );

    private void TakeNow(int row, KeyedBatch<TKey, T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        long now = Context.ProcessingTime.Now;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            KeyMatches<TKey, T> key = GetOrCreate(keys[i], hashes[i]);
            key.Add(values[i], now, _comparer);
            if (_comparer is null)
            {
                Advance(key, now);
            }
            else if (now < key.ScheduledAt)
            {
                // The millisecond must be over, so that all its events are there.
                ScheduleAt(key, now + 1);
            }
        }
    }

    private void AdvanceDue(long time)
    {
        while (_due.TryPeek(out KeyMatches<TKey, T>? key, out long due) && due <= time)
        {
            _due.Dequeue();
            if (key.ScheduledAt == due)
            {
                Advance(key, time);
            }
        }
    }

    private void Arm()
    {
        if (_isProcessingTime && _due.TryPeek(out _, out long due) && due < _armedFor)
        {
            _armedFor = due;
            Context.ProcessingTime.Register(due, this);
        }
    }

    private void Advance(KeyMatches<TKey, T> key, long time)
    {
        int fed = 0;
        _advancing = key;
        List<(long Timestamp, T Value)> waiting = key.Waiting;
        for (; fed < waiting.Count && waiting[fed].Timestamp <= time; fed++)
        {
            try
            {
                _matcher.Process(key, waiting[fed].Value, waiting[fed].Timestamp);
            }
            catch (Exception failure) when (IsOwn(failure))
            {
                _matcher.Abandon();
                Errors.OnKeyedRecord(failure, key.Key, waiting[fed].Value, waiting[fed].Timestamp);
            }
        }

        waiting.RemoveRange(0, fed);
        _matcher.AdvanceTime(key, time);
        key.ScheduledAt = long.MaxValue;
        if (key.IsEmpty)
        {
            Remove(key);
        }
        else
        {
            Schedule(key);
        }
    }

    private void Schedule(KeyMatches<TKey, T> key)
    {
        long due =
            key.Waiting.Count == 0 ? long.MaxValue
            : _isProcessingTime ? key.Waiting[0].Timestamp + 1
            : key.Waiting[0].Timestamp;
        due = Math.Min(due, _matcher.NextTimeout(key));
        if (due != long.MaxValue)
        {
            ScheduleAt(key, due);
        }
    }

    private void ScheduleAt(KeyMatches<TKey, T> key, long due)
    {
        key.ScheduledAt = due;
        _due.Enqueue(key, due);
    }

    private KeyMatches<TKey, T> GetOrCreate(TKey key, uint hash)
    {
        ref KeyMatches<TKey, T> slot = ref _keys.GetOrAdd(key, hash, out bool exists);
        return exists ? slot : slot = Create(key, hash);
    }

    private KeyMatches<TKey, T> Create(TKey key, uint hash)
    {
        if (!_pool.TryPop(out KeyMatches<TKey, T>? created))
        {
            return new KeyMatches<TKey, T>(key, hash);
        }

        created.Key = key;
        created.Hash = hash;
        created.NextSequence = 0;
        return created;
    }

    private void Remove(KeyMatches<TKey, T> key)
    {
        _keys.Remove(key.Key, key.Hash);
        if (_pool.Count < MaxPooled)
        {
            _pool.Push(key);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void OnLate(T value, long timestamp)
    {
        if (timestamp == RecordBatch.NoTimestamp)
        {
            throw new WrongJobException(
                $"Pattern operator '{Context.Name}' got a record without an event timestamp; give the source a WatermarkStrategy with "
                    + "WithTimestampAssigner."
            );
        }

        if (_late is not null)
        {
            _late.Collect(value, timestamp);
        }
        else
        {
            LateRecordsDropped++;
        }
    }
}
