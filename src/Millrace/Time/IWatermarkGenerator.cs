using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Time;

/// <summary>
/// Tells how far event time has come, from the records of one split (Flink's <c>WatermarkGenerator</c>, batch by batch). One instance per
/// split; all calls come from the source task's thread.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IWatermarkGenerator<T>
{
    /// <summary>Sees each batch once, in order, before its records are passed on.</summary>
    /// <param name="values">The records.</param>
    /// <param name="timestamps">Their event timestamps, in milliseconds since the Unix epoch.</param>
    /// <param name="watermark">The split's watermark so far; raise it to W when no record with a timestamp &lt;= W will follow this batch.
    /// A lower value is ignored.</param>
    void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark);

    /// <summary>Called every <c>AutoWatermarkInterval</c> of the job, whether or not records came.</summary>
    /// <param name="watermark">As in <see cref="OnBatch"/>.</param>
    void OnPeriodicEmit(ref long watermark);
}

/// <summary>Emits no watermark until the end of input: for jobs in processing time.</summary>
internal sealed class NoWatermarks<T> : IWatermarkGenerator<T>
{
    public static readonly NoWatermarks<T> Instance = new();

    public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark) { }

    public void OnPeriodicEmit(ref long watermark) { }
}

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

/// <summary>
/// Watermark = highest timestamp seen - B - 1 (Flink's <c>BoundedOutOfOrdernessWatermarks</c>; B = 0 for monotonous timestamps).
/// </summary>
internal sealed class BoundedOutOfOrdernessWatermarks<T>(long outOfOrderness) : IWatermarkGenerator<T>
{
    public void OnBatch(ReadOnlySpan<T> values, ReadOnlySpan<long> timestamps, ref long watermark)
    {
        // A record without a timestamp, and one so old that the bound reaches below the range, says nothing.
        watermark = Math.Max(watermark, EventTime.Subtract(Max(timestamps), EventTime.Add(outOfOrderness, 1)));
    }

    public void OnPeriodicEmit(ref long watermark) { }

    /// <summary>The highest of timestamps; <see cref="long.MinValue"/> where there are none.</summary>
    internal static long Max(ReadOnlySpan<long> timestamps)
    {
        long max = long.MinValue;
        int rest = 0;
        if (Vector.IsHardwareAccelerated && timestamps.Length >= Vector<long>.Count)
        {
            ReadOnlySpan<Vector<long>> vectors = MemoryMarshal.Cast<long, Vector<long>>(timestamps);
            Vector<long> highest = vectors[0];
            foreach (Vector<long> vector in vectors)
            {
                highest = Vector.Max(highest, vector);
            }

            for (int i = 0; i < Vector<long>.Count; i++)
            {
                max = Math.Max(max, highest[i]);
            }

            rest = vectors.Length * Vector<long>.Count;
        }

        foreach (long timestamp in timestamps[rest..])
        {
            max = Math.Max(max, timestamp);
        }

        return max;
    }
}
