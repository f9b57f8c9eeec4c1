using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Time;

namespace Millrace.Operators.Connectors;

/// <summary>The head of a source task: reads splits, assigns timestamps, keeps one watermark per split and emits their minimum.</summary>
internal sealed class SourceOperator<T>(ISource<T> source, WatermarkStrategy<T> strategy)
    : StreamOperator<T>,
        ISourceDriver,
        ISourceOutput<T>,
        IConnectorOperator,
        IWatermarkGuard
{
    private readonly Func<T, long, long>? _assigner = strategy.TimestampAssigner;

    // Checkpointed.
    private readonly Dictionary<string, SplitProgress<T>> _splits = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SourceSplit> _finished = new(StringComparer.Ordinal);

    // Not checkpointed.
    private IReadOnlyList<RestoredSplit> _restored = [];
    private Dictionary<string, RestoredSplit> _restoredById = [];
    private ISourceReader<T>? _reader;
    private RecordBatch<T>? _batch;
    private RecordBatch<T>? _single;
    private SplitProgress<T>? _last;
    private long _emitted = long.MinValue;
    private long _records;
    private int _row;
    private bool _idle;
    private bool _started;
    private bool _sawRecords;
    private AheadRecords<T>? _ahead;

    public Boundedness Boundedness => source.Boundedness;

    public bool IsFinished { get; private set; }

    public RecordBatch<T> Batch => _batch!;

    public bool IsRestored { get; private set; }

    public IReadOnlyList<RestoredSplit> RestoredSplits => _restored;

    public ConnectorMetrics ConnectorMetrics { get; private set; } = new();

    public long Records => Volatile.Read(ref _records);

    public override ConnectorWait? Waiting => ConnectorMetrics.Waiting;

    public long RecordsAhead => _ahead?.Count ?? 0;

    public bool IsSource => true;

    public long CurrentWatermark => Volatile.Read(ref _emitted);

    private ISourceReader<T> Reader => _reader ?? throw new InvalidOperationException($"Source '{Context.Name}' is not open.");

    public override void Open(ISnapshotReader? restored)
    {
        _batch = new RecordBatch<T>(Context.BatchSize);
        IsRestored = restored is not null;
        _restored = SourceSnapshot.Read(restored);
        _restoredById = _restored
            .DistinctBy(split => split.Split.Id, StringComparer.Ordinal)
            .ToDictionary(split => split.Split.Id, StringComparer.Ordinal);
        ConnectorContext context = ConnectorContexts.Of(Context) with { Letters = Errors.Task.Unreadable };
        ConnectorMetrics = context.Metrics;
        _reader = source.CreateReader(context);
        _ahead = AheadRecords<T>.Create(strategy, Context, SideOutputs);
    }

    public ISplitEnumerator CreateEnumerator(ConnectorContext context) => source.CreateEnumerator(context);

    public void AddSplits(IReadOnlyList<SourceSplit> splits)
    {
        List<SourceSplit> added = [];
        foreach (SourceSplit split in splits)
        {
            RestoredSplit? restored = _restoredById.GetValueOrDefault(split.Id);
            if (restored is { IsFinished: true })
            {
                _finished[split.Id] = restored.Split;
                continue;
            }

            SplitGuard? guard = _ahead?.CreateGuard();
            guard?.Begin(restored?.Votes ?? default);
            _splits[split.Id] = new SplitProgress<T>(split.Id, strategy.CreateGenerator(), restored?.Watermark ?? long.MinValue, guard)
            {
                Origin = OriginOf(split),
            };
            added.Add(restored?.Split ?? split);
        }

        if (added.Count > 0)
        {
            Reader.AddSplits(added);
        }
    }

    public void NotifyNoMoreSplits() => Reader.NotifyNoMoreSplits();

    public ReadStatus Read(TimeSpan maxWait)
    {
        if (!_started)
        {
            // A restored watermark comes before any record, so that what was late before the restore is late after it.
            _started = true;
            EmitCombined();
        }

        return Reader.Read(this, maxWait);
    }

    public void Emit(string splitId)
    {
        RecordBatch<T> batch = _batch!;
        if (batch.Count == 0)
        {
            return;
        }

        SplitProgress<T> split = SplitOf(splitId);
        _sawRecords = true;
        Volatile.Write(ref _records, _records + batch.Count);
        try
        {
            if (Errors.Task.IsTracing)
            {
                ForwardOneByOne(batch, split);
            }
            else
            {
                Forward(batch, split);
            }
        }
        catch (UserCodeException failure) when (Locate(failure, split, batch.Count))
        {
            throw;
        }

        batch.Clear();
    }

    public void ReleaseSplit(string splitId)
    {
        if (_splits.Remove(splitId))
        {
            _last = null;
            _finished[splitId] = new SourceSplit(splitId, 0, ReadOnlyMemory<byte>.Empty);
        }
    }

    public void OnPeriodic(long now)
    {
        foreach (SplitProgress<T> split in _splits.Values)
        {
            split.OnPeriodic(now, strategy.IdleTimeout);
        }

        EmitCombined();
        if (strategy.IdleClock is { } clock && AreAllQuiet(clock.Idle))
        {
            FollowClock(clock.WatermarkAt(now));
        }
    }

    public void EmitEndOfInput()
    {
        IsFinished = true;
        if (_idle)
        {
            _idle = false;
            EmitIdle(false);
        }

        Volatile.Write(ref _emitted, long.MaxValue);
        EmitWatermark(long.MaxValue);
    }

    public void Flush() => FlushOutputs();

    public WatermarkAlignment? Alignment => strategy.Alignment;

    public long LowestWatermark =>
        _splits.Values.Where(split => !split.IsIdle).Select(split => split.Watermark).DefaultIfEmpty(long.MaxValue).Min();

    public void PauseSplitsBeyond(long watermark)
    {
        foreach (bool pause in new[] { true, false })
        {
            SplitProgress<T>[] changed =
            [
                .. _splits.Values.Where(split => split.IsPaused != pause && split.Watermark > watermark == pause),
            ];
            if (changed.Length > 0)
            {
                Reader.SetPaused([.. changed.Select(split => split.Id)], pause);
                Array.ForEach(changed, split => split.IsPaused = pause);
            }
        }
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) =>
        SourceSnapshot.Write(
            writer,
            Reader
                .SnapshotSplits(checkpointId)
                .Where(split => !_finished.ContainsKey(split.Id))
                .Select(split => new RestoredSplit(split, _splits[split.Id].Watermark, IsFinished: false)
                {
                    Votes = _splits[split.Id].Guard?.Votes ?? default,
                })
                .Concat(_finished.Values.Select(split => new RestoredSplit(split, long.MaxValue, IsFinished: true)))
        );

    public override void NotifyCheckpointComplete(long checkpointId) => Reader.NotifyCheckpointComplete(checkpointId);

    public override void Dispose()
    {
        // The task's thread has nothing else to do any more, so waiting here blocks nobody.
        _reader?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        _reader = null;
        base.Dispose();
    }

    protected override bool KeepsRows => true;

    private void Forward(RecordBatch<T> batch, SplitProgress<T> split)
    {
        if (_assigner is not null && !TryAssignTimestamps(batch, _assigner))
        {
            return;
        }

        int ahead;
        try
        {
            ahead = split.OnBatch(batch.Values, batch.Timestamps);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            Errors.OnBatch(failure, batch.Values, batch.Timestamps);
            return;
        }

        if (_idle)
        {
            _idle = false;
            EmitIdle(false);
        }

        RecordBatch<T> rest = ahead == 0 ? batch : _ahead!.Divert(batch, split.Guard!.Ahead, ahead);
        Output.KeepsRows = ReferenceEquals(rest, batch);
        Output.Forward(rest);
        rest.Clear();
    }

    private void ForwardOneByOne(RecordBatch<T> batch, SplitProgress<T> split)
    {
        RecordBatch<T> single = _single ??= new RecordBatch<T>(1);
        for (int row = 0; row < batch.Count; row++)
        {
            single.Clear();
            single.AddFrom(batch, row);
            Errors.Task.Begin(new RecordOrigin(split.Origin, Reader.OffsetOf(row)));
            Forward(single, split);
        }

        Errors.Task.End();
    }

    // With more than one record, a failure fails the run.
    private bool TryAssignTimestamps(RecordBatch<T> batch, Func<T, long, long> assigner)
    {
        try
        {
            AssignTimestamps(batch, assigner);
            return true;
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOut(failure, batch.Values[_row], batch.Timestamps[_row], _row);
            return false;
        }
    }

    private void AssignTimestamps(RecordBatch<T> batch, Func<T, long, long> assigner)
    {
        ReadOnlySpan<T> values = batch.Values;
        Span<long> timestamps = batch.MutableTimestamps;
        for (int i = 0; i < values.Length; i++)
        {
            _row = i;
            timestamps[i] = assigner(values[i], timestamps[i]);
        }
    }

    // Only on the way to failing the run: names the record, or at least those that are under way. Does not catch.
    private bool Locate(UserCodeException failure, SplitProgress<T> split, int count)
    {
        if (failure.Origin.IsKnown || split.Origin is null)
        {
            return false;
        }

        if (failure.Row >= 0 && failure.Row < count)
        {
            failure.Origin = new RecordOrigin(split.Origin, Reader.OffsetOf(failure.Row));
        }
        else if (Reader.OffsetOf(0) is >= 0 and long first)
        {
            failure.LocateBetween(split.Origin, first, Reader.OffsetOf(count - 1));
        }

        return false;
    }

    private RecordSplit OriginOf(SourceSplit split)
    {
        if (source is not IRawRecordSource raw)
        {
            return new RecordSplit(Context.Uid, split.Id, Topic: null, Partition: -1);
        }

        RawPosition position = raw.PositionOf(split);
        return new RecordSplit(Context.Uid, split.Id, position.Topic, position.Partition);
    }

    private SplitProgress<T> SplitOf(string splitId)
    {
        if (_last is { } last && ReferenceEquals(last.Id, splitId))
        {
            return last;
        }

        if (!_splits.TryGetValue(splitId, out SplitProgress<T>? split))
        {
            throw new InvalidOperationException(
                $"Source '{Context.Name}' emitted records of split '{splitId}', which task {Context.TaskIndex} was not given (it has "
                    + $"{_splits.Count} splits)."
            );
        }

        split.Id = splitId;
        return _last = split;
    }

    private void EmitCombined()
    {
        long watermark = long.MaxValue;
        bool anyActive = false;
        foreach (SplitProgress<T> split in _splits.Values)
        {
            if (!split.IsIdle)
            {
                anyActive = true;
                watermark = Math.Min(watermark, split.Watermark);
            }
        }

        bool idle = !anyActive && (_sawRecords || _splits.Count == 0 || strategy.IdleTimeout is not null);
        if (idle != _idle)
        {
            _idle = idle;
            EmitIdle(idle);
        }

        if (anyActive && watermark > _emitted && watermark != long.MaxValue)
        {
            Volatile.Write(ref _emitted, watermark);
            EmitWatermark(watermark);
        }
    }

    private bool AreAllQuiet(TimeSpan time)
    {
        foreach (SplitProgress<T> split in _splits.Values)
        {
            if (!split.IsQuiet(time))
            {
                return false;
            }
        }

        return _splits.Count > 0;
    }

    /// <summary>
    /// Says a watermark that no split stands for. An idle task speaks up for it alone: idle again, it holds back none that are ahead of it.
    /// </summary>
    private void FollowClock(long watermark)
    {
        if (watermark <= _emitted)
        {
            return;
        }

        Volatile.Write(ref _emitted, watermark);
        if (_idle)
        {
            EmitIdle(false);
        }

        EmitWatermark(watermark);
        if (_idle)
        {
            EmitIdle(true);
        }
    }
}
