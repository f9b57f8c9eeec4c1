using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Benchmarks.Operators;

/// <summary>The end of the chain: counts what comes.</summary>
internal sealed class NullInput<T> : IInput<T>
{
    public long Records { get; private set; }

    public void OnBatch(RecordBatch<T> batch) => Records += batch.Count;

    public void OnWatermark(long watermark) { }

    public void OnIdle(bool idle) { }

    public void Flush() { }
}
