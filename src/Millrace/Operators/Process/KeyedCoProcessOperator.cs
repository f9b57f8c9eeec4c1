using Millrace.Checkpoints;
using Millrace.Serialization;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="KeyedCoProcessFunction{TKey, TIn1, TIn2, TOut}"/>.</summary>
internal sealed class KeyedCoProcessOperator<TKey, TIn1, TIn2, TOut>(
    KeyedCoProcessFunction<TKey, TIn1, TIn2, TOut> function,
    IKeyHasher<TKey> hasher,
    TypeSerializer<TKey> serializer
) : KeyedTwoInputOperator<TKey, TIn1, TIn2, TOut>(hasher, serializer)
    where TKey : notnull
{
    private KeyedFunctionContext<TKey> _context = null!;

    public override void Open(ISnapshotReader? restored)
    {
        base.Open(restored);
        _context = new KeyedFunctionContext<TKey>(Runtime.Keys, Timers, SideOutputs);
        function.OpenWith(Runtime.CreateContext());
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }

    protected override void OnFirst(TIn1 value, long timestamp)
    {
        _context.Timestamp = timestamp;
        Collector.Timestamp = timestamp;
        function.ProcessElement1(value, _context, Collector);
    }

    protected override void OnSecond(TIn2 value, long timestamp)
    {
        _context.Timestamp = timestamp;
        Collector.Timestamp = timestamp;
        function.ProcessElement2(value, _context, Collector);
    }

    protected override void OnTimer(long timestamp, TimeDomain domain)
    {
        _context.Timestamp = timestamp;
        _context.TimeDomain = domain;
        function.OnTimer(timestamp, _context, Collector);
    }
}
