using System.Numerics;

namespace Millrace.Embedded.Commands;

/// <summary>
/// Counts latencies in buckets whose width grows with the value (log-linear, as HdrHistogram): a quantile is at most 1/64 above the exact
/// one.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int Precision = 6;
    private readonly long[] _counts = new long[(65 - Precision) << Precision];

    /// <summary>Number of latencies.</summary>
    public long Count { get; private set; }

    /// <summary>Counts a latency.</summary>
    /// <param name="microseconds">The latency; a negative one counts as 0.</param>
    public void Add(long microseconds)
    {
        _counts[BucketOf(Math.Max(microseconds, 0))]++;
        Count++;
    }

    /// <summary>Counts all of another histogram.</summary>
    public void Merge(LatencyHistogram other)
    {
        for (int bucket = 0; bucket < _counts.Length; bucket++)
        {
            _counts[bucket] += other._counts[bucket];
        }

        Count += other.Count;
    }

    /// <summary>
    /// What a fraction of the latencies do not exceed; <see langword="null"/> if there are too few to tell it from the largest.
    /// </summary>
    /// <param name="fraction">In (0, 1): 0.99.</param>
    public TimeSpan? Quantile(double fraction)
    {
        if (Count * (1 - fraction) < 1)
        {
            return null;
        }

        long rank = (long)Math.Ceiling(fraction * Count);
        int bucket = 0;
        while ((rank -= _counts[bucket]) > 0)
        {
            bucket++;
        }

        return TimeSpan.FromMicroseconds(LastOf(bucket));
    }

    private static int BucketOf(long value)
    {
        if (value < 2 << Precision)
        {
            return (int)value;
        }

        int shift = BitOperations.Log2((ulong)value) - Precision;
        return (shift << Precision) + (int)(value >> shift);
    }

    private static long LastOf(int bucket)
    {
        if (bucket < 2 << Precision)
        {
            return bucket;
        }

        int shift = (bucket >> Precision) - 1;
        return ((long)(bucket - (shift << Precision) + 1) << shift) - 1;
    }
}
