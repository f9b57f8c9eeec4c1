using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="KeyedProcessFunction{TKey, TIn, TOut}"/>.</summary>
internal sealed class KeyedProcessOperator<TKey, TIn, TOut>(
    KeyedProcessFunction<TKey, TIn, TOut> function,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> serializer
) : KeyedRecordOperator<TKey, TIn, TOut>, ITriggerable<TKey, VoidNamespace>
    where TKey : notnull
{
    // Checkpointed.
    private KeyedRuntime<TKey> _runtime = null!;
    private InternalTimerService<TKey, VoidNamespace> _timers = null!;

    // Not checkpointed.
    private KeyedFunctionContext<TKey> _functionContext = null!;
    private OperatorCollector<TOut> _collector = null!;

    public override ConnectorWait? Waiting => _timers?.Waiting;

    public override void Open(ISnapshotReader? restored)
    {
        _runtime = new KeyedRuntime<TKey>(Context, hasher, serializer, restored);
        _timers = new InternalTimerService<TKey, VoidNamespace>(
            "user",
            _runtime.Keys,
            TypeSerializers.For<VoidNamespace>(),
            Context,
            this,
            restored
        );
        _functionContext = new KeyedFunctionContext<TKey>(_runtime.Keys, _timers, SideOutputs);
        _collector = new OperatorCollector<TOut>(Output);
        function.OpenWith(_runtime.CreateContext());
    }

    protected override void TakeFrom(int row, KeyedBatch<TKey, TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        ReadOnlySpan<TKey> keys = batch.Keys;
        ReadOnlySpan<uint> hashes = batch.Hashes;
        _runtime.Backend.Prefetch(hashes[row..]);
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            _runtime.Keys.Set(keys[i], hashes[i]);
            _functionContext.Timestamp = timestamps[i];
            _collector.Timestamp = timestamps[i];
            function.ProcessElement(values[i], _functionContext, _collector);
        }
    }

    public override void OnWatermark(long watermark)
    {
        _timers.AdvanceWatermark(watermark);
        EmitWatermark(watermark);
    }

    public void OnEventTimer(long timestamp, TKey key, VoidNamespace space)
    {
        _functionContext.TimeDomain = TimeDomain.EventTime;
        _functionContext.Timestamp = timestamp;
        _collector.Timestamp = timestamp;
        RunTimer(timestamp, key);
    }

    public void OnProcessingTimer(long timestamp, TKey key, VoidNamespace space)
    {
        _functionContext.TimeDomain = TimeDomain.ProcessingTime;
        _functionContext.Timestamp = timestamp;
        _collector.Timestamp = RecordBatch.NoTimestamp;
        RunTimer(timestamp, key);
        EmitBuffered();
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        _runtime.Backend.Snapshot(writer);
        _timers.Snapshot(writer);
    }

    private void RunTimer(long timestamp, TKey key)
    {
        int before = Output.Buffered;
        try
        {
            function.OnTimer(timestamp, _functionContext, _collector);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutResult(failure, "a timer", key, $"the timer of {RecordText.OfTime(timestamp)}", key, _collector.Timestamp, before);
        }
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }
}
