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
