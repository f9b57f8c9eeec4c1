using Millrace.Windows;

namespace Millrace.Samples.Auctions;

/// <summary>Keeps the records of the highest rank, all of them where several share it.</summary>
/// <param name="rank">From a record to its rank.</param>
internal sealed class BestAggregate<T>(Func<T, long> rank) : IAggregateFunction<T, Best<T>, Best<T>>
{
    public Best<T> CreateAccumulator() => new();

    public Best<T> Add(T value, Best<T> accumulator)
    {
        long own = rank(value);
        if (own < accumulator.Rank)
        {
            return accumulator;
        }

        if (own > accumulator.Rank)
        {
            accumulator.Rank = own;
            accumulator.Items.Clear();
        }

        accumulator.Items.Add(value);
        return accumulator;
    }

    public Best<T> GetResult(Best<T> accumulator) => new() { Rank = accumulator.Rank, Items = [.. accumulator.Items] };

    public Best<T> Merge(Best<T> left, Best<T> right)
    {
        foreach (T item in right.Items)
        {
            Add(item, left);
        }

        return left;
    }
}
