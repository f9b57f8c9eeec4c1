using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="KeyedBroadcastProcessFunction{TKey, TIn, TBroadcast, TOut}"/>.</summary>
internal sealed class KeyedBroadcastProcessOperator<TKey, TIn, TBroadcast, TOut>(
    KeyedBroadcastProcessFunction<TKey, TIn, TBroadcast, TOut> function,
    IReadOnlyCollection<string> broadcastStates,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> serializer
) : KeyedTwoInputOperator<TKey, TIn, TBroadcast, TOut>(hasher, serializer)
    where TKey : notnull
{
    private KeyedFunctionContext<TKey> _inner = null!;
    private BroadcastFunctionContext<TKey> _context = null!;
    private BroadcastStates _broadcast = null!;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _broadcast = new BroadcastStates(broadcastStates, restored);
        _inner = new KeyedFunctionContext<TKey>(Runtime.Keys, Timers, SideOutputs);
        _context = new BroadcastFunctionContext<TKey>(_inner, () => Runtime.Keys.Key, _broadcast);
        function.OpenWith(Runtime.CreateContext());
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer)
    {
        base.Snapshot(checkpointId, writer);
        _broadcast.Snapshot(writer);
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }

    protected override void OnFirst(TIn value, long timestamp)
    {
        At(timestamp);
        function.ProcessElement(value, _context, Collector);
    }

    protected override void OnSecond(TBroadcast value, long timestamp)
    {
        At(timestamp);
        function.ProcessBroadcastElement(value, _context, Collector);
    }

    protected override void OnTimer(long timestamp, TimeDomain domain)
    {
        _inner.Timestamp = timestamp;
        _context.TimeDomain = domain;
        function.OnTimer(timestamp, _context, Collector);
    }

    private void At(long timestamp)
    {
        _inner.Timestamp = timestamp;
        Collector.Timestamp = timestamp;
    }
}
