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
/// <remarks>
/// What is kept of a key is asked for anew each time: it may have left memory, and a checkpoint under way is told that it changes. When it
/// is due follows from it, so a queue of keys and times is enough: whoever is in it too often, or for nothing, is passed over.
/// </remarks>
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
    private readonly TypeSerializer<TKey> _keySerializer;
    private readonly TypeSerializer<T> _eventSerializer;
    private readonly Automaton<T> _automaton;
    private readonly Matcher<T> _matcher;

    // Checkpointed.
    private KeyContext<TKey> _current = null!;
    private StateTable<TKey, VoidNamespace, KeyMatches<T>> _keys = null!;

    // Not checkpointed: the task restores its watermark before any record.
    private readonly PriorityQueue<DueKey, long> _due = new();
    private readonly Stack<KeyMatches<T>> _pool = new();
    private long _watermark = long.MinValue;
    private long _armedFor = long.MaxValue;
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
        _keySerializer = keySerializer;
        _eventSerializer = eventSerializer;
        _automaton = automaton;
        _matcher = new Matcher<T>(automaton, this);
    }

    /// <summary>Events that came after the watermark and that no side output took.</summary>
    public long LateRecordsDropped { get; private set; }

    /// <summary>Keys with anything kept; on disk about as many.</summary>
    public long KeyCount => _keys.Count;

    bool IMatchListener<T>.WantsTimeouts => _timeouts is not null;

    public override void Open(ISnapshotReader? restored)
    {
        _current = new KeyContext<TKey>(_hasher, _keySerializer, Context.KeyGroupRange, Context.MaxParallelism);
        PatternStateFormat<TKey, T> format = new(
            Context.Uid,
            _current,
            new KeyMatchesSerializer<T>(Context.Uid, _automaton.Shape, _eventSerializer)
        );
        _keys = format.CreateTable(Context.StateStore?.Invoke());
        _late = _lateTag is null ? null : SideOutputs.Find<T>(_lateTag);
        _collector = new OperatorCollector<TOut>(Output);
        _functionContext = new PatternFunctionContext(SideOutputs, Context.ProcessingTime, _isProcessingTime);
        if (restored is not null)
        {
            format.Restore(restored, _keys);
            _due.EnqueueRange(AllDue());
            Arm();
        }
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

            _current.Set(keys[i], hashes[i]);
            KeyMatches<T> key = GetOrCreate();
            bool isFirst = timestamp < key.FirstWaiting;
            key.Add(values[i], timestamp, _comparer);
            if (isFirst)
            {
                Schedule(DueOfWaiting(key));
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

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) => PatternStateFormat<TKey, T>.Snapshot(writer, _keys);

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
        LeaveOutResult(failure, subject, _current.Key, $"the match of {RecordText.OfTime(timestamp)}", match.Events, timestamp, before);

    private void TakeNow(int row, KeyedBatch<TKey, T> batch)
    {
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        long now = Context.ProcessingTime.Now;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            _current.Set(keys[i], hashes[i]);
            KeyMatches<T> key = GetOrCreate();
            bool isFirst = now < key.FirstWaiting;
            key.Add(values[i], now, _comparer);
            if (_comparer is null)
            {
                Advance(key, now);
            }
            else if (isFirst)
            {
                Schedule(DueOfWaiting(key));
            }
        }
    }

    private void AdvanceDue(long time)
    {
        while (_due.TryPeek(out DueKey key, out long due) && due <= time)
        {
            _due.Dequeue();
            _current.Set(key.Key, key.Hash);
            if (IsDue(due))
            {
                Advance(_keys.Find(default), time);
            }
        }
    }

    // To look is not to change: what is passed over need not be written again.
    private bool IsDue(long due)
    {
        ref readonly KeyMatches<T> key = ref _keys.Peek(default);
        return !Unsafe.IsNullRef(in key) && (due == DueOfWaiting(key) || due == _matcher.NextTimeout(key));
    }

    private void Arm()
    {
        if (_isProcessingTime && _due.TryPeek(out _, out long due) && due < _armedFor)
        {
            _armedFor = due;
            Context.ProcessingTime.Register(due, this);
        }
    }

    /// <summary>Goes on with the current key, which stands in the queue with the first event that waits and the next timeout.</summary>
    private void Advance(KeyMatches<T> key, long time)
    {
        int fed = 0;
        long timeout = _matcher.NextTimeout(key);
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
                Errors.OnKeyedRecord(failure, _current.Key, waiting[fed].Value, waiting[fed].Timestamp);
            }
        }

        waiting.RemoveRange(0, fed);
        _matcher.AdvanceTime(key, time);
        if (key.IsEmpty)
        {
            Remove(key);
            return;
        }

        if (fed > 0)
        {
            Schedule(DueOfWaiting(key));
        }

        long next = _matcher.NextTimeout(key);
        if (next != timeout)
        {
            Schedule(next);
        }
    }

    /// <summary>When the first event that waits is fed: in processing time its millisecond must be over, so that all are there.</summary>
    private long DueOfWaiting(KeyMatches<T> key) => _isProcessingTime && key.Waiting.Count > 0 ? key.FirstWaiting + 1 : key.FirstWaiting;

    private void Schedule(long due)
    {
        if (due != long.MaxValue)
        {
            _due.Enqueue(new DueKey(_current.Key, _current.Hash), due);
        }
    }

    private IEnumerable<(DueKey Key, long Due)> AllDue()
    {
        foreach ((NamespacedKey<TKey, VoidNamespace> key, KeyMatches<T> matches) in _keys.Entries)
        {
            DueKey due = new(key.Key, _hasher.Hash(key.Key));
            if (DueOfWaiting(matches) is not long.MaxValue and long waiting)
            {
                yield return (due, waiting);
            }

            if (_matcher.NextTimeout(matches) is not long.MaxValue and long timeout)
            {
                yield return (due, timeout);
            }
        }
    }

    private KeyMatches<T> GetOrCreate()
    {
        ref KeyMatches<T> slot = ref _keys.GetOrAdd(default, out bool exists);
        return exists ? slot : slot = Create();
    }

    private KeyMatches<T> Create()
    {
        if (!_pool.TryPop(out KeyMatches<T>? created))
        {
            return new KeyMatches<T>();
        }

        created.NextSequence = 0;
        return created;
    }

    private void Remove(KeyMatches<T> key)
    {
        _keys.Remove(default);
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

    /// <summary>A key that is to be looked at.</summary>
    private readonly record struct DueKey(TKey Key, uint Hash);
}
