using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>Runs a <see cref="ProcessFunction{TIn, TOut}"/>.</summary>
internal sealed class ProcessOperator<TIn, TOut>(ProcessFunction<TIn, TOut> function) : RecordOperator<TIn, TOut>
{
    private UnkeyedFunctionContext _functionContext = null!;
    private OperatorCollector<TOut> _collector = null!;

    public override void Open(ISnapshotReader? restored)
    {
        _functionContext = new UnkeyedFunctionContext(Context, SideOutputs);
        _collector = new OperatorCollector<TOut>(Output);
        function.OpenWith(_functionContext.CreateRuntimeContext());
    }

    protected override void TakeFrom(int row, RecordBatch<TIn> batch)
    {
        ReadOnlySpan<TIn> values = batch.Values;
        ReadOnlySpan<long> timestamps = batch.Timestamps;
        for (int i = row; i < values.Length; i++)
        {
            Row = i;
            _functionContext.Timestamp = timestamps[i];
            _collector.Timestamp = timestamps[i];
            function.ProcessElement(values[i], _functionContext, _collector);
        }
    }

    public override void OnWatermark(long watermark)
    {
        _functionContext.CurrentWatermark = watermark;
        EmitWatermark(watermark);
    }

    public override void Dispose()
    {
        function.CloseAtEnd();
        base.Dispose();
    }
}
