using Millrace.Batches;

namespace Millrace.Operators;

/// <summary>The end of a stream that nobody reads.</summary>
internal sealed class DiscardingInput<T> : IInput<T>
{
    public static DiscardingInput<T> Instance { get; } = new();

    public void OnBatch(RecordBatch<T> batch)
    {
        // Nobody reads it.
    }

    public void OnWatermark(long watermark)
    {
        // Nobody reads it.
    }

    public void OnIdle(bool idle)
    {
        // Nobody reads it.
    }

    public void Flush()
    {
        // Nothing is buffered.
    }
}
