using Millrace.Batches;
using Millrace.Operators;

namespace Millrace.Tests.Operators;

/// <summary>The end of a chain that remembers what came.</summary>
internal sealed class Captured<T>(List<(T Value, long Timestamp)> records) : IInput<T>
{
    public long Watermark { get; private set; } = long.MinValue;

    public void OnBatch(RecordBatch<T> batch)
    {
        for (int i = 0; i < batch.Count; i++)
        {
            records.Add((batch.Values[i], batch.Timestamps[i]));
        }
    }

    public void OnWatermark(long watermark) => Watermark = watermark;

    public void OnIdle(bool idle) { }

    public void Flush() { }
}
