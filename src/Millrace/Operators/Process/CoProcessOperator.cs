using Millrace.Checkpoints;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="CoProcessFunction{TIn1, TIn2, TOut}"/>.</summary>
internal sealed class CoProcessOperator<TIn1, TIn2, TOut>(CoProcessFunction<TIn1, TIn2, TOut> function)
    : TwoInputFunctionOperator<TIn1, TIn2, TOut>
{
    private UnkeyedFunctionContext _context = null!;
    private OperatorCollector<TOut> _collector = null!;

    public override void Open(ISnapshotReader? restored)
    {
        _context = new UnkeyedFunctionContext(Context, SideOutputs);
        _collector = new OperatorCollector<TOut>(Output);
        function.OpenWith(_context.CreateRuntimeContext());
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }

    protected override void OnFirst(TIn1 value, long timestamp)
    {
        _context.Timestamp = timestamp;
        _collector.Timestamp = timestamp;
        function.ProcessElement1(value, _context, _collector);
    }

    protected override void OnSecond(TIn2 value, long timestamp)
    {
        _context.Timestamp = timestamp;
        _collector.Timestamp = timestamp;
        function.ProcessElement2(value, _context, _collector);
    }

    protected override void OnCombinedWatermark(long watermark)
    {
        _context.CurrentWatermark = watermark;
        EmitWatermark(watermark);
    }
}
