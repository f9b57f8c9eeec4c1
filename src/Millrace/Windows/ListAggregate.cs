namespace Millrace.Windows;

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
