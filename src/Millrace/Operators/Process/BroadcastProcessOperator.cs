using Millrace.Checkpoints;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="BroadcastProcessFunction{TIn, TBroadcast, TOut}"/>.</summary>
internal sealed class BroadcastProcessOperator<TIn, TBroadcast, TOut>(
    BroadcastProcessFunction<TIn, TBroadcast, TOut> function,
    IReadOnlyCollection<string> broadcastStates
) : TwoInputFunctionOperator<TIn, TBroadcast, TOut>
{
    private UnkeyedFunctionContext _inner = null!;
    private BroadcastFunctionContext<object?> _context = null!;
    private OperatorCollector<TOut> _collector = null!;
    private BroadcastStates _broadcast = null!;

    public override void Open(ISnapshotReader? restored)
    {
        _broadcast = new BroadcastStates(broadcastStates, restored);
        _inner = new UnkeyedFunctionContext(Context, SideOutputs);
        _context = new BroadcastFunctionContext<object?>(_inner, static () => null, _broadcast);
        _collector = new OperatorCollector<TOut>(Output);
        function.OpenWith(_inner.CreateRuntimeContext());
    }

    public override void Snapshot(long checkpointId, ISnapshotWriter writer) => _broadcast.Snapshot(writer);

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }

    protected override void OnFirst(TIn value, long timestamp)
    {
        _inner.Timestamp = timestamp;
        _collector.Timestamp = timestamp;
        function.ProcessElement(value, _context, _collector);
    }

    protected override void OnSecond(TBroadcast value, long timestamp)
    {
        _inner.Timestamp = timestamp;
        _collector.Timestamp = timestamp;
        function.ProcessBroadcastElement(value, _context, _collector);
    }

    protected override void OnCombinedWatermark(long watermark)
    {
        _inner.CurrentWatermark = watermark;
        EmitWatermark(watermark);
    }
}
