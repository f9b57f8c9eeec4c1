using Millrace.State;
using Millrace.UserFunctions;

namespace Millrace.Benchmarks.Operators;

internal sealed class CountingFunction : KeyedProcessFunction<long, long, long>
{
    private IValueState<long> _count = null!;

    public override void ProcessElement(long value, IKeyedProcessContext<long> context, Collector<long> output)
    {
        long count = _count.Value + 1;
        _count.Update(count);
        output.Collect(count);
    }

    protected override void Open() => _count = RuntimeContext.GetState(new ValueStateDescriptor<long>("count"));
}
