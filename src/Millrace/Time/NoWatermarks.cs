namespace Millrace.Time;

/// <summary>Emits no watermark until the end of input: for jobs in processing time.</summary>
internal sealed class NoWatermarks<T> : IWatermarkGenerator<T>
{
    public static readonly NoWatermarks<T> Instance = new();

    public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark) { }

    public void OnPeriodicEmit(ref long watermark) { }
}
