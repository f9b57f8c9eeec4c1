namespace Millrace.Windows;

/// <summary>A reduce function as an aggregate: the accumulator is the first record, combined with each that follows.</summary>
internal sealed class ReducingAggregate<T>(Func<T, T, T> reducer) : IAggregateFunction<T, Reduced<T>, T>
{
    public Reduced<T> CreateAccumulator() => default;

    public Reduced<T> Add(T value, Reduced<T> accumulator) =>
        new(HasValue: true, accumulator.HasValue ? reducer(accumulator.Value!, value) : value);

    public T GetResult(Reduced<T> accumulator) => accumulator.Value!;

    public Reduced<T> Merge(Reduced<T> left, Reduced<T> right) =>
        !left.HasValue ? right
        : !right.HasValue ? left
        : new Reduced<T>(HasValue: true, reducer(left.Value!, right.Value!));
}

/// <summary>What a reduce has so far.</summary>
/// <param name="HasValue">Whether there has been a record.</param>
/// <param name="Value">The records so far, combined.</param>
internal readonly record struct Reduced<T>(bool HasValue, T? Value);

/// <summary>Keeps all records of a window, for functions that want to see them.</summary>
internal sealed class ListAggregate<T> : IAggregateFunction<T, List<T>, IReadOnlyList<T>>
{
    public List<T> CreateAccumulator() => [];

    public List<T> Add(T value, List<T> accumulator)
    {
        accumulator.Add(value);
        return accumulator;
    }

    public IReadOnlyList<T> GetResult(List<T> accumulator) => accumulator;

    public List<T> Merge(List<T> left, List<T> right)
    {
        left.AddRange(right);
        return left;
    }
}
