using Millrace.Processing;
using Millrace.State;

namespace Millrace.Testing;

/// <summary>Takes keys and emits what the state of each holds.</summary>
internal sealed class StateReaderFunction<TKey, TResult>(Func<IKeyedStateStore, TResult> read) : KeyedProcessFunction<TKey, TKey, TResult>
{
    public override void ProcessElement(TKey value, IKeyedProcessContext<TKey> context, Collector<TResult> output) =>
        output.Collect(read(RuntimeContext));
}
