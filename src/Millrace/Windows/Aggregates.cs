using System.Numerics;
using Millrace.State;

namespace Millrace.Windows;

/// <summary>
/// Ready-made aggregates for <c>Aggregate</c> on windows and for aggregating state. None depends on the order of the records in more than
/// ties, so that windows that slide share what they have in common (<see cref="IAggregateFunction{TIn, TAcc, TOut}.IsCommutative"/>).
/// <code>
/// trades.KeyBy(trade => trade.Symbol).Window(...).Aggregate(Aggregates.Quantiles((Trade trade) => trade.Price, 0.5, 0.99))
/// </code>
/// </summary>
public static class Aggregates
{
    /// <summary>Counts records.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    public static IAggregateFunction<T, long, long> Count<T>() => new CountAggregate<T>();

    /// <summary>Adds up what is selected; zero of no records.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TNumber">Type of the summands and of the sum, one that state keeps. An integer that overflows fails the job:
    /// select a wider type, up to <see cref="decimal"/>.</typeparam>
    /// <param name="selector">From a record to its summand.</param>
    public static IAggregateFunction<T, TNumber, TNumber> Sum<T, TNumber>(Func<T, TNumber> selector)
        where TNumber : INumber<TNumber> => new SumAggregate<T, TNumber>(Checked(selector));

    /// <summary>The arithmetic mean; not a number of no records.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TNumber">Type of what is averaged; it must have room for the sum.</typeparam>
    /// <param name="selector">From a record to its number.</param>
    public static IAggregateFunction<T, MeanAccumulator<TNumber>, double> Average<T, TNumber>(Func<T, TNumber> selector)
        where TNumber : INumber<TNumber> => new MeanAggregate<T, TNumber>(Checked(selector));

    /// <summary>The least of what is selected; the default value of no records.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TValue">Type of what is compared, by its own order.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public static IAggregateFunction<T, BestAccumulator<TValue>, TValue?> Min<T, TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => new BestAggregate<T, TValue>(Checked(selector), sign: -1);

    /// <summary>The greatest of what is selected; the default value of no records.</summary>
    /// <inheritdoc cref="Min"/>
    public static IAggregateFunction<T, BestAccumulator<TValue>, TValue?> Max<T, TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => new BestAggregate<T, TValue>(Checked(selector), sign: 1);

    /// <summary>The record with the least value; of several, one of them. The default value of no records.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TValue">Type of what is compared, by its own order.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public static IAggregateFunction<T, BestAccumulator<T>, T?> MinBy<T, TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => new BestByAggregate<T, TValue>(Checked(selector), sign: -1);

    /// <summary>The record with the greatest value; of several, one of them. The default value of no records.</summary>
    /// <inheritdoc cref="MinBy"/>
    public static IAggregateFunction<T, BestAccumulator<T>, T?> MaxBy<T, TValue>(Func<T, TValue> selector)
        where TValue : IComparable<TValue> => new BestByAggregate<T, TValue>(Checked(selector), sign: 1);

    /// <summary>The records with the greatest values, the greatest first.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TValue">Type of what is compared, by its own order. Of equal ones some are kept.</typeparam>
    /// <param name="count">How many; all of them are kept in state.</param>
    /// <param name="selector">From a record to its value.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count is not positive.</exception>
    public static IAggregateFunction<T, List<T>, IReadOnlyList<T>> TopN<T, TValue>(int count, Func<T, TValue> selector)
        where TValue : IComparable<TValue>
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new TopAggregate<T, TValue>(count, Checked(selector));
    }

    /// <summary>
    /// Counts different values exactly: keeps each of them in state. For many, <see cref="ApproximateCountDistinct"/> keeps 16 KB at most.
    /// </summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TValue">Type of the values, compared by their own equality.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    public static IAggregateFunction<T, HashSet<TValue>, long> CountDistinct<T, TValue>(Func<T, TValue> selector) =>
        new DistinctAggregate<T, TValue>(Checked(selector));

    /// <summary>
    /// Counts different values: exactly as long as they are few, else with a standard error of <c>1.04 / sqrt(2^precision)</c>, which is
    /// 0.8 % (HyperLogLog; Flajolet et al., AofA 2007, with the estimator of Ertl, 2017).
    /// </summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <typeparam name="TValue">Type of the values: what may be a key.</typeparam>
    /// <param name="selector">From a record to its value.</param>
    /// <param name="precision">State takes <c>2^precision</c> bytes at the most: 4 to 18.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is out of its range.</exception>
    /// <exception cref="NotSupportedException">Equal values may have unequal bytes.</exception>
    public static IAggregateFunction<T, DistinctSketch, long> ApproximateCountDistinct<T, TValue>(
        Func<T, TValue> selector,
        int precision = 14
    )
        where TValue : notnull
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, DistinctSketch.MinPrecision);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, DistinctSketch.MaxPrecision);
        try
        {
            KeySerializers.Of(typeof(TValue));
        }
        catch (UnfitKeyException exception)
        {
            throw new NotSupportedException(
                $"Values of type '{typeof(TValue)}' cannot be counted as different: {exception.Message}. Select what may be a key, or use "
                    + $"{nameof(CountDistinct)}, which compares by Equals.",
                exception
            );
        }

        return new ApproximateDistinctAggregate<T, TValue>(Checked(selector), precision);
    }

    /// <summary>
    /// Quantiles: 0.5 is the median, 0.99 the value that 99 of 100 records do not exceed. Each is right to one part in a hundred of its
    /// value, however values are distributed (DDSketch; Masson et al., VLDB 2019); 0 and 1 are the least and the greatest value themselves.
    /// Not a number of no records.
    /// </summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="selector">From a record to its value; it must be a finite number.</param>
    /// <param name="quantiles">Which: 0 to 1.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    /// <exception cref="ArgumentOutOfRangeException">One is not between 0 and 1.</exception>
    public static IAggregateFunction<T, QuantileSketch, IReadOnlyList<double>> Quantiles<T>(
        Func<T, double> selector,
        params double[] quantiles
    )
    {
        ArgumentNullException.ThrowIfNull(quantiles);
        if (quantiles.Length == 0)
        {
            throw new ArgumentException(
                "No quantile is given; give one or several between 0 and 1, such as 0.5 for the median.",
                nameof(quantiles)
            );
        }

        foreach (double quantile in quantiles)
        {
            if (quantile is not (>= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(quantiles),
                    quantile,
                    "A quantile is not between 0 and 1; 0.99 is what 99 of 100 do not exceed."
                );
            }
        }

        return new QuantilesAggregate<T>(Checked(selector), [.. quantiles]);
    }

    /// <summary>An aggregate as state per key, to be got in <c>Open</c>: <c>GetAggregatingState(aggregate.AsState("spread"))</c>.</summary>
    /// <typeparam name="TIn">Type of the records.</typeparam>
    /// <typeparam name="TAcc">Type of the accumulator.</typeparam>
    /// <typeparam name="TOut">Type of the result.</typeparam>
    /// <param name="aggregate">The aggregate.</param>
    /// <param name="name">Name of the state, unique in its operator.</param>
    public static AggregatingStateDescriptor<TIn, TAcc, TOut> AsState<TIn, TAcc, TOut>(
        this IAggregateFunction<TIn, TAcc, TOut> aggregate,
        string name
    )
    {
        ArgumentNullException.ThrowIfNull(aggregate);
        return new(name, aggregate.CreateAccumulator, aggregate.Add, aggregate.GetResult);
    }

    private static Func<T, TValue> Checked<T, TValue>(Func<T, TValue> selector)
    {
        ArgumentNullException.ThrowIfNull(selector);
        return selector;
    }
}

/// <summary>A sum and how many there were.</summary>
/// <typeparam name="TNumber">Type of the sum.</typeparam>
/// <param name="Sum">The sum.</param>
/// <param name="Count">How many numbers it has.</param>
public readonly record struct MeanAccumulator<TNumber>(TNumber Sum, long Count);

/// <summary>The best so far, if there is one.</summary>
/// <typeparam name="T">Type of it.</typeparam>
/// <param name="HasValue">Whether there is one.</param>
/// <param name="Value">The best.</param>
public readonly record struct BestAccumulator<T>(bool HasValue, T? Value);

internal sealed class CountAggregate<T> : IAggregateFunction<T, long, long>
{
    public bool IsCommutative => true;

    public long CreateAccumulator() => 0;

    public long Add(T value, long accumulator) => accumulator + 1;

    public long GetResult(long accumulator) => accumulator;

    public long Merge(long left, long right) => left + right;
}

internal sealed class SumAggregate<T, TNumber>(Func<T, TNumber> selector) : IAggregateFunction<T, TNumber, TNumber>
    where TNumber : INumber<TNumber>
{
    // Of floating point numbers the last bits depend on the order.
    public bool IsCommutative => true;

    public TNumber CreateAccumulator() => TNumber.Zero;

    public TNumber Add(T value, TNumber accumulator) => checked(accumulator + selector(value));

    public TNumber GetResult(TNumber accumulator) => accumulator;

    public TNumber Merge(TNumber left, TNumber right) => checked(left + right);
}

internal sealed class MeanAggregate<T, TNumber>(Func<T, TNumber> selector) : IAggregateFunction<T, MeanAccumulator<TNumber>, double>
    where TNumber : INumber<TNumber>
{
    public bool IsCommutative => true;

    public MeanAccumulator<TNumber> CreateAccumulator() => new(TNumber.Zero, 0);

    public MeanAccumulator<TNumber> Add(T value, MeanAccumulator<TNumber> accumulator) =>
        new(checked(accumulator.Sum + selector(value)), accumulator.Count + 1);

    public double GetResult(MeanAccumulator<TNumber> accumulator) =>
        accumulator.Count == 0 ? double.NaN : double.CreateSaturating(accumulator.Sum) / accumulator.Count;

    public MeanAccumulator<TNumber> Merge(MeanAccumulator<TNumber> left, MeanAccumulator<TNumber> right) =>
        new(checked(left.Sum + right.Sum), left.Count + right.Count);
}

internal sealed class BestAggregate<T, TValue>(Func<T, TValue> selector, int sign) : IAggregateFunction<T, BestAccumulator<TValue>, TValue?>
    where TValue : IComparable<TValue>
{
    public bool IsCommutative => true;

    public BestAccumulator<TValue> CreateAccumulator() => default;

    public BestAccumulator<TValue> Add(T value, BestAccumulator<TValue> accumulator) =>
        Merge(accumulator, new BestAccumulator<TValue>(HasValue: true, selector(value)));

    public TValue? GetResult(BestAccumulator<TValue> accumulator) => accumulator.Value;

    public BestAccumulator<TValue> Merge(BestAccumulator<TValue> left, BestAccumulator<TValue> right) =>
        !left.HasValue ? right
        : !right.HasValue || Comparer<TValue>.Default.Compare(right.Value, left.Value) * sign <= 0 ? left
        : right;
}

internal sealed class BestByAggregate<T, TValue>(Func<T, TValue> selector, int sign) : IAggregateFunction<T, BestAccumulator<T>, T?>
    where TValue : IComparable<TValue>
{
    public bool IsCommutative => true;

    public BestAccumulator<T> CreateAccumulator() => default;

    public BestAccumulator<T> Add(T value, BestAccumulator<T> accumulator) =>
        Merge(accumulator, new BestAccumulator<T>(HasValue: true, value));

    public T? GetResult(BestAccumulator<T> accumulator) => accumulator.Value;

    public BestAccumulator<T> Merge(BestAccumulator<T> left, BestAccumulator<T> right) =>
        !left.HasValue ? right
        : !right.HasValue || Comparer<TValue>.Default.Compare(selector(right.Value!), selector(left.Value!)) * sign <= 0 ? left
        : right;
}

/// <summary>Keeps the best, in order. Records are kept as they came: those of a window are not changed after it.</summary>
internal sealed class TopAggregate<T, TValue>(int count, Func<T, TValue> selector) : IAggregateFunction<T, List<T>, IReadOnlyList<T>>
    where TValue : IComparable<TValue>
{
    public bool IsCommutative => true;

    public List<T> CreateAccumulator() => [];

    public List<T> Add(T value, List<T> accumulator)
    {
        TValue key = selector(value);
        int at = accumulator.Count;
        while (at > 0 && Comparer<TValue>.Default.Compare(key, selector(accumulator[at - 1])) > 0)
        {
            at--;
        }

        if (at == count)
        {
            return accumulator;
        }

        if (accumulator.Count == count)
        {
            accumulator.RemoveAt(count - 1);
        }

        accumulator.Insert(at, value);
        return accumulator;
    }

    // The accumulator stays in use.
    public IReadOnlyList<T> GetResult(List<T> accumulator) => [.. accumulator];

    public List<T> Merge(List<T> left, List<T> right)
    {
        foreach (T value in right)
        {
            Add(value, left);
        }

        return left;
    }
}

internal sealed class DistinctAggregate<T, TValue>(Func<T, TValue> selector) : IAggregateFunction<T, HashSet<TValue>, long>
{
    public bool IsCommutative => true;

    public HashSet<TValue> CreateAccumulator() => [];

    public HashSet<TValue> Add(T value, HashSet<TValue> accumulator)
    {
        accumulator.Add(selector(value));
        return accumulator;
    }

    public long GetResult(HashSet<TValue> accumulator) => accumulator.Count;

    public HashSet<TValue> Merge(HashSet<TValue> left, HashSet<TValue> right)
    {
        left.UnionWith(right);
        return left;
    }
}
