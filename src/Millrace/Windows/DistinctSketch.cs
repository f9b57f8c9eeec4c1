using System.IO.Hashing;
using System.Numerics;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Windows;

/// <summary>
/// About how many different hashes it was given (HyperLogLog). While they are few it has them all. An accumulator of
/// <see cref="Aggregates.ApproximateCountDistinct"/>; merged with others of the same precision.
/// </summary>
public sealed class DistinctSketch
{
    internal const int MinPrecision = 4;
    internal const int MaxPrecision = 18;

    // A hash takes eight bytes, a register one.
    private const int HashesPerRegisters = 16;

    /// <summary>The hashes, while they are few; <see langword="null"/> after that.</summary>
    public HashSet<ulong>? Hashes { get; set; } = [];

    /// <summary>Of each group of hashes the greatest number of leading zeros, and one; <see langword="null"/> while they are few.</summary>
    public byte[]? Registers { get; set; }

    internal void Add(ulong hash, int precision)
    {
        if (Hashes is { } hashes)
        {
            hashes.Add(hash);
            if (hashes.Count > (1 << precision) / HashesPerRegisters)
            {
                Registers = new byte[1 << precision];
                Hashes = null;
                foreach (ulong each in hashes)
                {
                    Register(each, precision);
                }
            }

            return;
        }

        Register(hash, precision);
    }

    internal void Merge(DistinctSketch other, int precision)
    {
        if (other.Hashes is { } hashes)
        {
            foreach (ulong hash in hashes)
            {
                Add(hash, precision);
            }

            return;
        }

        byte[] theirs = other.Registers!;
        if (Hashes is { } own)
        {
            Registers = [.. theirs];
            Hashes = null;
            foreach (ulong hash in own)
            {
                Register(hash, precision);
            }

            return;
        }

        for (int i = 0; i < theirs.Length; i++)
        {
            Registers![i] = Math.Max(Registers[i], theirs[i]);
        }
    }

    internal long Estimate(int precision)
    {
        if (Hashes is { } hashes)
        {
            return hashes.Count;
        }

        // The improved raw estimator of Ertl (arXiv:1702.01284, algorithm 6): no range needs a correction of its own.
        int most = 64 - precision;
        int[] counts = new int[most + 2];
        foreach (byte register in Registers!)
        {
            counts[register]++;
        }

        double size = 1 << precision;
        double z = size * Tau(1 - (counts[most + 1] / size));
        for (int k = most; k >= 1; k--)
        {
            z = 0.5 * (z + counts[k]);
        }

        z += size * Sigma(counts[0] / size);
        return (long)Math.Round(size * size / (2 * Math.Log(2) * z));
    }

    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        double sum = x;
        double before;
        double y = 1;
        do
        {
            x *= x;
            before = sum;
            sum += x * y;
            y += y;
        } while (sum != before);

        return sum;
    }

    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        double sum = 1 - x;
        double before;
        double y = 1;
        do
        {
            x = Math.Sqrt(x);
            before = sum;
            y *= 0.5;
            sum -= (1 - x) * (1 - x) * y;
        } while (sum != before);

        return sum / 3;
    }

    private void Register(ulong hash, int precision)
    {
        ref byte register = ref Registers![hash >> (64 - precision)];
        int zeros = Math.Min(BitOperations.LeadingZeroCount(hash << precision), 64 - precision);
        register = Math.Max(register, (byte)(zeros + 1));
    }
}

internal sealed class ApproximateDistinctAggregate<T, TValue>(Func<T, TValue> selector, int precision)
    : IAggregateFunction<T, DistinctSketch, long>
    where TValue : notnull
{
    [ThreadStatic]
    private static DataWriter? _writer;

    // Equal values have equal bytes.
    private static readonly TypeSerializer<TValue> Serializer = (TypeSerializer<TValue>)KeySerializers.Of(typeof(TValue));

    public bool IsCommutative => true;

    public DistinctSketch CreateAccumulator() => new();

    public DistinctSketch Add(T value, DistinctSketch accumulator)
    {
        DataWriter writer = _writer ??= new DataWriter();
        writer.Clear();
        Serializer.Serialize(selector(value), writer);
        accumulator.Add(XxHash3.HashToUInt64(writer.WrittenSpan), precision);
        return accumulator;
    }

    public long GetResult(DistinctSketch accumulator) => accumulator.Estimate(precision);

    public DistinctSketch Merge(DistinctSketch left, DistinctSketch right)
    {
        left.Merge(right, precision);
        return left;
    }
}
