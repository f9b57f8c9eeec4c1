using System.Runtime.CompilerServices;
using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>Collects what an operator emits into a reused batch and hands full batches to what comes next in the chain.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
internal sealed class OperatorOutput<T>(IInput<T> target, int batchSize) : ISideOutput
{
    private readonly RecordBatch<T> _batch = new(batchSize);

    public Type ElementType => typeof(T);

    /// <summary>Emits one record.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Collect(T value, long timestamp)
    {
        RecordBatch<T> batch = _batch;
        batch.Add(value, timestamp);
        if (batch.IsFull)
        {
            EmitBuffered();
        }
    }

    /// <summary>Passes a whole batch on as it is.</summary>
    public void Forward(RecordBatch<T> batch)
    {
        EmitBuffered();
        target.OnBatch(batch);
    }

    /// <summary>Hands over what has been collected. Every operator calls it at the end of <c>OnBatch</c>.</summary>
    public void EmitBuffered()
    {
        if (_batch.Count > 0)
        {
            target.OnBatch(_batch);
            _batch.Clear();
        }
    }

    public void EmitWatermark(long watermark)
    {
        EmitBuffered();
        target.OnWatermark(watermark);
    }

    public void EmitIdle(bool idle)
    {
        EmitBuffered();
        target.OnIdle(idle);
    }

    /// <summary>Flushes this output and everything behind it.</summary>
    public void FlushAll()
    {
        EmitBuffered();
        target.Flush();
    }
}
