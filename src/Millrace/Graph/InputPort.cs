using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Graph;

/// <summary>Passes what a host delivers to the head of a chain.</summary>
internal sealed class InputPort<T>(IInput<T> input) : IInputPort
{
    public void OnBatch(RecordBatch batch) => input.OnBatch((RecordBatch<T>)batch);

    public void OnWatermark(long watermark) => input.OnWatermark(watermark);

    public void OnIdle(bool idle) => input.OnIdle(idle);

    public void Flush() => input.Flush();
}
