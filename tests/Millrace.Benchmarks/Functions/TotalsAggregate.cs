using Millrace.Windows;

namespace Millrace.Benchmarks.Functions;

internal sealed class TotalsAggregate : IAggregateFunction<Reading, Totals, Totals>
{
    public Totals CreateAccumulator() => default;

    public Totals Add(Reading value, Totals accumulator) => new(accumulator.Count + 1, accumulator.Sum + value.Value);

    public Totals GetResult(Totals accumulator) => accumulator;

    public Totals Merge(Totals left, Totals right) => new(left.Count + right.Count, left.Sum + right.Sum);
}
