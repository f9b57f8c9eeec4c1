using Millrace.State;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators.Process;

/// <summary>The context of functions beside a broadcast stream, over the context that they would have without it.</summary>
internal sealed class BroadcastFunctionContext<TKey>(IProcessContext inner, Func<TKey> key, BroadcastStates states)
    : IKeyedReadOnlyBroadcastContext<TKey>,
        IBroadcastContext
{
    public long Timestamp => inner.Timestamp;

    public ITimerService TimerService => inner.TimerService;

    public TKey CurrentKey => key();

    public TimeDomain TimeDomain { get; set; }

    public long CurrentWatermark => inner.TimerService.CurrentWatermark;

    public long CurrentProcessingTime => inner.TimerService.CurrentProcessingTime;

    public void Output<T>(OutputTag<T> tag, T value) => inner.Output(tag, value);

    IReadOnlyBroadcastState<TMapKey, TMapValue> IReadOnlyBroadcastContext.GetBroadcastState<TMapKey, TMapValue>(
        MapStateDescriptor<TMapKey, TMapValue> descriptor
    ) => states.Get(descriptor);

    IBroadcastState<TMapKey, TMapValue> IBroadcastContext.GetBroadcastState<TMapKey, TMapValue>(
        MapStateDescriptor<TMapKey, TMapValue> descriptor
    ) => states.Get(descriptor);
}
