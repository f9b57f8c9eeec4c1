using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Errors;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators;

/// <summary>What operators with state per key and a keyed first input have in common.</summary>
internal abstract class KeyedTwoInputOperator<TKey, TIn1, TIn2, TOut>(IKeyHasher<TKey> hasher, TypeSerializer<TKey> serializer)
    : TwoInputFunctionOperator<TIn1, TIn2, TOut>,
        ITriggerable<TKey, VoidNamespace>
    where TKey : notnull
{
    protected KeyedRuntime<TKey> Runtime { get; private set; } = null!;

    protected InternalTimerService<TKey, VoidNamespace> Timers { get; private set; } = null!;

    protected OperatorCollector<TOut> Collector { get; private set; } = null!;

    public override ConnectorWait? Waiting => Timers?.Waiting;

    public override void Open(ISnapshotReader? restored)
    {
        Runtime = new KeyedRuntime<TKey>(Context, hasher, serializer, restored);
        Timers = new InternalTimerService<TKey, VoidNamespace>(
            "user",
            Runtime.Keys,
            TypeSerializers.For<VoidNamespace>(),
            Context,
            this,
            restored
        );
        Collector = new OperatorCollector<TOut>(Output);
    }

    public void OnEventTimer(long timestamp, TKey key, VoidNamespace space)
    {
        Collector.Timestamp = timestamp;
        RunTimer(timestamp, key, TimeDomain.EventTime);
    }

    public void OnProcessingTimer(long timestamp, TKey key, VoidNamespace space)
    {
        Collector.Timestamp = RecordBatch.NoTimestamp;
        RunTimer(timestamp, key, TimeDomain.ProcessingTime);
        EmitBuffered();
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        Runtime.Backend.Snapshot(writer);
        Timers.Snapshot(writer);
    }

    protected abstract void OnTimer(long timestamp, TimeDomain domain);

    protected override void OnError<T>(Exception failure, T value, long timestamp, int row) =>
        LeaveOut(failure, Runtime.Keys.Key, value, timestamp, row);

    protected override void OnCombinedWatermark(long watermark)
    {
        Timers.AdvanceWatermark(watermark);
        EmitWatermark(watermark);
    }

    private void RunTimer(long timestamp, TKey key, TimeDomain domain)
    {
        int before = Output.Buffered;
        try
        {
            OnTimer(timestamp, domain);
        }
        catch (Exception failure) when (IsOwn(failure))
        {
            LeaveOutResult(failure, "a timer", key, $"the timer of {RecordText.OfTime(timestamp)}", key, Collector.Timestamp, before);
        }
    }

    protected override void SelectKeyOfFirst(RecordBatch<TIn1> batch, int index)
    {
        KeyedBatch<TKey, TIn1> keyed = (KeyedBatch<TKey, TIn1>)batch;
        Runtime.Keys.Set(keyed.Keys[index], keyed.Hashes[index]);
    }

    protected override void SelectKeyOfSecond(RecordBatch<TIn2> batch, int index)
    {
        if (batch is KeyedBatch<TKey, TIn2> keyed)
        {
            Runtime.Keys.Set(keyed.Keys[index], keyed.Hashes[index]);
        }
    }
}
