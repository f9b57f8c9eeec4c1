using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>Hands the same stream to several readers.</summary>
internal sealed class FanOutInput<T>(IInput<T>[] targets) : IInput<T>
{
    public void OnBatch(RecordBatch<T> batch)
    {
        foreach (IInput<T> target in targets)
        {
            target.OnBatch(batch);
        }
    }

    public void OnWatermark(long watermark)
    {
        foreach (IInput<T> target in targets)
        {
            target.OnWatermark(watermark);
        }
    }

    public void OnIdle(bool idle)
    {
        foreach (IInput<T> target in targets)
        {
            target.OnIdle(idle);
        }
    }

    public void Flush()
    {
        foreach (IInput<T> target in targets)
        {
            target.Flush();
        }
    }
}
