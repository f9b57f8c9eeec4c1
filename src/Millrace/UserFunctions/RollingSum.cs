using System.Numerics;
using Millrace.State;

namespace Millrace.UserFunctions;

internal sealed class RollingSum<TKey, T, TNumber>(Func<T, TNumber> selector) : KeyedProcessFunction<TKey, T, KeyValuePair<TKey, TNumber>>
    where TNumber : INumber<TNumber>
{
    private IReducingState<TNumber> _sum = null!;

    public override void ProcessElement(T value, IKeyedProcessContext<TKey> context, Collector<KeyValuePair<TKey, TNumber>> output)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(output);
        _sum.Add(selector(value));
        output.Collect(new KeyValuePair<TKey, TNumber>(context.CurrentKey, _sum.Get()!));
    }

    protected override void Open() =>
        _sum = RuntimeContext.GetReducingState(new ReducingStateDescriptor<TNumber>("sum", static (left, right) => left + right));
}
