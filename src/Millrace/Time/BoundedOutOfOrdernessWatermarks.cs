using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Time;

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
