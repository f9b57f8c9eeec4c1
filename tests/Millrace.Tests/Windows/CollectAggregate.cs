using Millrace.Windows;

namespace Millrace.Tests.Windows;

/// <summary>Keeps all values, to compare window contents exactly.</summary>
internal sealed class CollectAggregate(bool isCommutative = false) : IAggregateFunction<(int Key, int Value), List<int>, List<int>>
{
    public bool IsCommutative => isCommutative;

    public List<int> CreateAccumulator() => [];

    public List<int> Add((int Key, int Value) value, List<int> accumulator)
    {
        accumulator.Add(value.Value);
        return accumulator;
    }

    public List<int> GetResult(List<int> accumulator) => [.. accumulator];

    public List<int> Merge(List<int> left, List<int> right)
    {
        left.AddRange(right);
        return left;
    }
}
