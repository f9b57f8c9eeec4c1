using Millrace.Windows;

namespace Millrace.Samples.Auctions;

/// <summary>Counts records.</summary>
internal sealed class CountAggregate<T> : IAggregateFunction<T, long, long>
{
    public bool IsCommutative => true;

    public long CreateAccumulator() => 0;

    public long Add(T value, long accumulator) => accumulator + 1;

    public long GetResult(long accumulator) => accumulator;

    public long Merge(long left, long right) => left + right;
}
