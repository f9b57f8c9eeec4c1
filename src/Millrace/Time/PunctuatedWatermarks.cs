namespace Millrace.Time;

/// <summary>Marks in the stream carry the watermark.</summary>
internal sealed class PunctuatedWatermarks<T>(Func<T, long, long?> watermarkOf) : IWatermarkGenerator<T>
{
    public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (watermarkOf(values[i], timestamps[i]) is { } mark && mark > watermark)
            {
                watermark = mark;
            }
        }
    }

    public void OnPeriodicEmit(ref long watermark) { }
}
