using Millrace.Windows;

namespace Millrace.Benchmarks.Jobs;

/// <summary>Counts records.</summary>
internal sealed class Count<T> : IAggregateFunction<T, long, long>
{
    public long CreateAccumulator() => 0;

    public long Add(T value, long accumulator) => accumulator + 1;

    public long GetResult(long accumulator) => accumulator;

    public long Merge(long left, long right) => left + right;
}
