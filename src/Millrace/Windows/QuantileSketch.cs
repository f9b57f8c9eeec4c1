namespace Millrace.Windows;

/// <summary>
/// How many values there were of about each size (DDSketch): the bounds of neighbouring buckets have one ratio, so that a value of a bucket
/// is right to one part in a hundred. An accumulator of <see cref="Aggregates.Quantiles"/>.
/// </summary>
public sealed class QuantileSketch
{
    private const double Accuracy = 0.01;
    private const double Ratio = (1 + Accuracy) / (1 - Accuracy);

    private const double RankError = 1e-15;

    // What is nearer to zero is zero.
    private const double Least = 1e-300;
    private static readonly double LogRatio = Math.Log(Ratio);

    /// <summary>Counts of positive values, by bucket: values up to <c>1.0202^bucket</c>.</summary>
    public Dictionary<int, long> Positive { get; set; } = [];

    /// <summary>Counts of negative values, by the bucket of what they are without their sign.</summary>
    public Dictionary<int, long> Negative { get; set; } = [];

    /// <summary>How many zeros.</summary>
    public long Zeros { get; set; }

    /// <summary>How many values.</summary>
    public long Count { get; set; }

    /// <summary>The least value.</summary>
    public double Min { get; set; } = double.PositiveInfinity;

    /// <summary>The greatest value.</summary>
    public double Max { get; set; } = double.NegativeInfinity;

    internal void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(
                nameof(value),
                value,
                $"Quantiles got {value}, which is no finite number; filter such records out before the window."
            );
        }

        if (Math.Abs(value) < Least)
        {
            Zeros++;
        }
        else
        {
            AddTo(value > 0 ? Positive : Negative, (int)Math.Ceiling(Math.Log(Math.Abs(value)) / LogRatio), 1);
        }

        Count++;
        (Min, Max) = (Math.Min(Min, value), Math.Max(Max, value));
    }

    internal void Merge(QuantileSketch other)
    {
        foreach ((int bucket, long count) in other.Positive)
        {
            AddTo(Positive, bucket, count);
        }

        foreach ((int bucket, long count) in other.Negative)
        {
            AddTo(Negative, bucket, count);
        }

        Zeros += other.Zeros;
        Count += other.Count;
        (Min, Max) = (Math.Min(Min, other.Min), Math.Max(Max, other.Max));
    }

    internal double[] Quantiles(double[] quantiles)
    {
        if (Count == 0)
        {
            return [.. quantiles.Select(static _ => double.NaN)];
        }

        List<(double Value, long Count)> buckets =
        [
            .. Negative.OrderByDescending(static each => each.Key).Select(static each => (-ValueOf(each.Key), each.Value)),
            (0, Zeros),
            .. Positive.OrderBy(static each => each.Key).Select(static each => (ValueOf(each.Key), each.Value)),
        ];
        return [.. quantiles.Select(quantile => Find(buckets, quantile))];
    }

    // In the middle, as far as the ratio goes.
    private static double ValueOf(int bucket) => 2 * Math.Pow(Ratio, bucket) / (1 + Ratio);

    private static void AddTo(Dictionary<int, long> buckets, int bucket, long count) =>
        buckets[bucket] = buckets.GetValueOrDefault(bucket) + count;

    private double Find(List<(double Value, long Count)> buckets, double quantile)
    {
        // 0.07 of 100 is a little more than 7 in binary.
        long rank = (long)Math.Ceiling((quantile * Count) - (Count * RankError));
        if (rank <= 1 || rank == Count)
        {
            return rank <= 1 ? Min : Max;
        }

        foreach ((double value, long count) in buckets)
        {
            rank -= count;
            if (rank <= 0)
            {
                return Math.Clamp(value, Min, Max);
            }
        }

        return Max;
    }
}

internal sealed class QuantilesAggregate<T>(Func<T, double> selector, double[] quantiles)
    : IAggregateFunction<T, QuantileSketch, IReadOnlyList<double>>
{
    public bool IsCommutative => true;

    public QuantileSketch CreateAccumulator() => new();

    public QuantileSketch Add(T value, QuantileSketch accumulator)
    {
        accumulator.Add(selector(value));
        return accumulator;
    }

    public IReadOnlyList<double> GetResult(QuantileSketch accumulator) => accumulator.Quantiles(quantiles);

    public QuantileSketch Merge(QuantileSketch left, QuantileSketch right)
    {
        left.Merge(right);
        return left;
    }
}
