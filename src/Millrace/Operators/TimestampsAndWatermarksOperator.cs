using Millrace.Batches;
using Millrace.Time;

namespace Millrace.Operators;

/// <summary>Assigns timestamps and watermarks in the middle of a stream; the watermarks that come in are dropped but for the last
/// (Flink's <c>TimestampsAndWatermarksOperator</c>). As there it keeps no state: after a restore it begins without a watermark, and says
/// none until its records have brought one. Tasks behind a shuffle have kept theirs, so what was late for them stays late; operators
/// chained to this one begin anew with it. (A trigger-driven host keeps the watermark of one in a source's stage in the ledger, because it
/// makes the operator anew for every batch: <see cref="IWatermarkAssigner"/>.)</summary>
internal sealed class TimestampsAndWatermarksOperator<T>(WatermarkStrategy<T> strategy, TimeSpan interval)
    : RecordOperator<T, T>,
        IProcessingTimeCallback,
        IWatermarkAssigner,
        IWatermarkGuard
{
    private readonly Func<T, long, long>? _assigner = strategy.TimestampAssigner;
    private readonly long _interval = Math.Max(1, (long)interval.TotalMilliseconds);
    private SplitProgress<T> _progress = new("all", strategy.CreateGenerator(), long.MinValue);
    private AheadRecords<T>? _ahead;
    private SplitGuard? _guard;
    private RecordBatch<T>? _batch;
    private long _emitted = long.MinValue;
    private bool _idle;

    public override void Open(Checkpoints.ISnapshotReader? restored)
    {
        _ahead = AheadRecords<T>.Create(strategy, Context, SideOutputs);
        _guard = _ahead?.CreateGuard();
        Begin(long.MinValue, default);
        Context.ProcessingTime.Register(EventTime.Add(Context.ProcessingTime.Now, _interval), this);
    }

    public long Watermark => _progress.Watermark;

    public TimestampVotes Votes => _guard?.Votes ?? default;

    public long RecordsAhead => _ahead?.Count ?? 0;

    public void Begin(long watermark, TimestampVotes votes)
    {
        _guard?.Begin(votes);
        _progress = new SplitProgress<T>("all", strategy.CreateGenerator(), watermark, _guard);
    }

    public void EndRange() => _progress.OnPeriodic(Context.ProcessingTime.Now, idleTimeout: null);

    protected override void TakeFrom(int row, RecordBatch<T> batch)
    {
        if (_assigner is not { } assigner)
        {
            Pass(batch);
            return;
        }

        // The incoming batch may have other readers, so the new timestamps go into a copy.
        if (_batch is null || _batch.Capacity < batch.Count)
        {
            _batch = new RecordBatch<T>(Math.Max(batch.Count, batch.Capacity));
        }

        RecordBatch<T> assigned = _batch;
        ReadOnlySpan<T> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            assigned.Add(values[i], assigner(values[i], timestamps[i]));
        }
    }

    protected override void EndBatch()
    {
        if (_batch is { Count: > 0 })
        {
            Pass(_batch);
            _batch.Clear();
        }
    }

    protected override bool KeepsRows => true;

    public override void OnWatermark(long watermark)
    {
        if (watermark == long.MaxValue && _emitted != long.MaxValue)
        {
            LeaveIdle();
            _emitted = watermark;
            EmitWatermark(watermark);
        }
    }

    public override void OnIdle(bool idle)
    {
        // Idleness is decided here, by the strategy.
    }

    public void OnProcessingTime(long timestamp)
    {
        long now = Context.ProcessingTime.Now;
        _progress.OnPeriodic(now, strategy.IdleTimeout);
        if (_progress.IsIdle && !_idle)
        {
            _idle = true;
            EmitIdle(true);
        }
        else if (!_progress.IsIdle && _progress.Watermark > _emitted)
        {
            _emitted = _progress.Watermark;
            EmitWatermark(_emitted);
        }

        if (strategy.IdleClock is { } clock && _progress.IsQuiet(clock.Idle) && clock.WatermarkAt(now) > _emitted)
        {
            // As in SourceOperator: idle again afterwards, it holds nobody back.
            bool idle = _idle;
            LeaveIdle();
            _emitted = clock.WatermarkAt(now);
            EmitWatermark(_emitted);
            if (idle)
            {
                _idle = true;
                EmitIdle(true);
            }
        }

        Context.ProcessingTime.Register(EventTime.Add(now, _interval), this);
    }

    private void Pass(RecordBatch<T> batch)
    {
        int ahead;
        try
        {
            ahead = _progress.OnBatch(batch.Values, batch.Timestamps);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            Errors.OnBatch(failure, batch.Values, batch.Timestamps);
            return;
        }

        LeaveIdle();
        RecordBatch<T> rest = ahead == 0 ? batch : _ahead!.Divert(batch, _guard!.Ahead, ahead);
        Output.KeepsRows = ReferenceEquals(rest, batch);
        Output.Forward(rest);
    }

    private void LeaveIdle()
    {
        if (_idle)
        {
            _idle = false;
            EmitIdle(false);
        }
    }
}
