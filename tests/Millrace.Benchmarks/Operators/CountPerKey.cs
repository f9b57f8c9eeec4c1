using Millrace.Windows;

namespace Millrace.Benchmarks.Operators;

internal sealed class CountPerKey : IAggregateFunction<long, long, long>
{
    public bool IsCommutative => true;

    public long CreateAccumulator() => 0;

    public long Add(long value, long accumulator) => accumulator + 1;

    public long GetResult(long accumulator) => accumulator;

    public long Merge(long left, long right) => left + right;
}
