using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>An operator with one input.</summary>
internal abstract class OneInputOperator<TIn, TOut> : StreamOperator<TOut>, IInput<TIn>
{
    public abstract void OnBatch(RecordBatch<TIn> batch);

    public virtual void OnWatermark(long watermark) => EmitWatermark(watermark);

    public virtual void OnIdle(bool idle) => EmitIdle(idle);

    public virtual void Flush() => FlushOutputs();
}
