using System.Numerics;

namespace Millrace.Samples.Logs;

/// <summary>
/// Counts values in buckets whose width grows with the value (log-linear, as HdrHistogram), so that quantiles of any number of values cost
/// a few hundred bytes and two sketches merge without loss:
/// <c>sketch(a + b) = sketch(a) + sketch(b)</c>, in any order. Values below 64 are exact; above, a quantile differs from the exact one by
/// at most <see cref="RelativeError"/> (1/64, about 1.6 %) of it.
/// </summary>
public sealed class QuantileSketch
{
    /// <summary>Most that a quantile differs from the exact one, relative to it.</summary>
    public const double RelativeError = 1.0 / (1 << (Precision + 1));

    private const int Precision = 5;

    /// <summary>An empty sketch.</summary>
    public QuantileSketch()
        : this([], [], 0) { }

    /// <summary>A sketch with contents.</summary>
    /// <param name="buckets">Numbers of buckets, rising.</param>
    /// <param name="counts">Their counts.</param>
    /// <param name="used">How many of them are in use.</param>
    public QuantileSketch(short[] buckets, long[] counts, int used)
    {
        Buckets = buckets;
        Counts = counts;
        Used = used;
    }

    /// <summary>Numbers of the buckets that are not empty, rising; the first <see cref="Used"/> count.</summary>
    public short[] Buckets { get; private set; }

    /// <summary>Number of values in each bucket.</summary>
    public long[] Counts { get; private set; }

    /// <summary>Number of buckets in use.</summary>
    public int Used { get; private set; }

    /// <summary>Adds a value.</summary>
    /// <param name="value">The value; a negative one counts as 0.</param>
    public void Add(long value) => Add(BucketOf(Math.Max(value, 0)), 1);

    /// <summary>Adds all values of another sketch.</summary>
    /// <param name="other">The other sketch; not changed.</param>
    public void Merge(QuantileSketch other)
    {
        ArgumentNullException.ThrowIfNull(other);
        for (int i = 0; i < other.Used; i++)
        {
            Add(other.Buckets[i], other.Counts[i]);
        }
    }

    /// <summary>
    /// The smallest value that at least a fraction <paramref name="q"/> of the values do not exceed; 0 for an empty sketch.
    /// </summary>
    /// <param name="q">In [0, 1]: 0.5 for the median.</param>
    public long Quantile(double q)
    {
        long total = 0;
        for (int i = 0; i < Used; i++)
        {
            total += Counts[i];
        }

        long rank = Math.Clamp((long)Math.Ceiling(q * total), 1, Math.Max(total, 1));
        for (int i = 0; i < Used; i++)
        {
            if ((rank -= Counts[i]) <= 0)
            {
                return MiddleOf(Buckets[i]);
            }
        }

        return 0;
    }

    private void Add(short bucket, long count)
    {
        int at = Array.BinarySearch(Buckets, 0, Used, bucket);
        if (at < 0)
        {
            at = ~at;
            if (Used == Buckets.Length)
            {
                Grow();
            }

            Array.Copy(Buckets, at, Buckets, at + 1, Used - at);
            Array.Copy(Counts, at, Counts, at + 1, Used - at);
            Buckets[at] = bucket;
            Counts[at] = 0;
            Used++;
        }

        Counts[at] += count;
    }

    private void Grow()
    {
        int capacity = Math.Max(4, Buckets.Length * 2);
        short[] buckets = new short[capacity];
        long[] counts = new long[capacity];
        Array.Copy(Buckets, buckets, Used);
        Array.Copy(Counts, counts, Used);
        Buckets = buckets;
        Counts = counts;
    }

    private static short BucketOf(long value)
    {
        if (value < 2 << Precision)
        {
            return (short)value;
        }

        int shift = BitOperations.Log2((ulong)value) - Precision;
        return (short)((shift << Precision) + (int)(value >> shift));
    }

    private static long MiddleOf(short bucket)
    {
        if (bucket < 2 << Precision)
        {
            return bucket;
        }

        int shift = (bucket >> Precision) - 1;
        long low = (long)(bucket - (shift << Precision)) << shift;
        return low + ((1L << shift) / 2);
    }
}
