using Millrace.Samples.Nexmark.Results;
using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Averages the closing prices of a category; emits the average with each.</summary>
internal sealed class CategoryPriceFunction : KeyedProcessFunction<long, ClosedAuction, CategoryPrice>
{
    private IValueState<(long Sum, long Count)> _total = null!;

    public override void ProcessElement(ClosedAuction value, IKeyedProcessContext<long> context, Collector<CategoryPrice> output)
    {
        (long sum, long count) = _total.Value;
        sum += value.Price;
        count++;
        _total.Update((sum, count));
        output.Collect(new CategoryPrice(value.Category, sum / count));
    }

    protected override void Open() => _total = RuntimeContext.GetState(new ValueStateDescriptor<(long Sum, long Count)>("total"));
}
