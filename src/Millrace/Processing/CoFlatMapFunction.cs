namespace Millrace.Processing;

internal sealed class CoFlatMapFunction<TIn1, TIn2, TOut>(Action<TIn1, Collector<TOut>> first, Action<TIn2, Collector<TOut>> second)
    : CoProcessFunction<TIn1, TIn2, TOut>
{
    public override void ProcessElement1(TIn1 value, IProcessContext context, Collector<TOut> output) => first(value, output);

    public override void ProcessElement2(TIn2 value, IProcessContext context, Collector<TOut> output) => second(value, output);
}
