using Millrace.Batches;
using Millrace.Errors;
using Millrace.StateBackends;
using Millrace.UserFunctions;

namespace Millrace.Operators;

/// <summary>The context of keyed functions; one object, set anew for each record or timer.</summary>
internal sealed class KeyedFunctionContext<TKey>(
    KeyContext<TKey> keys,
    InternalTimerService<TKey, VoidNamespace> timers,
    SideOutputs sideOutputs
) : IOnTimerContext<TKey>, ITimerService
    where TKey : notnull
{
    private readonly SideOutputCache _sideOutputs = new(sideOutputs);

    public long Timestamp { get; set; } = RecordBatch.NoTimestamp;

    public TimeDomain TimeDomain { get; set; }

    public ITimerService TimerService => this;

    public TKey CurrentKey => keys.Key;

    public long CurrentProcessingTime => timers.CurrentProcessingTime;

    public long CurrentWatermark => timers.CurrentWatermark;

    public void RegisterEventTimeTimer(long time) => timers.RegisterEventTimeTimer(default, time);

    public void RegisterProcessingTimeTimer(long time) => timers.RegisterProcessingTimeTimer(default, time);

    public void DeleteEventTimeTimer(long time) => timers.DeleteEventTimeTimer(default, time);

    public void DeleteProcessingTimeTimer(long time) => timers.DeleteProcessingTimeTimer(default, time);

    public void Output<T>(OutputTag<T> tag, T value) => _sideOutputs.Emit(tag, value, Timestamp);
}

/// <summary>The context of functions on a stream without keys: time and side outputs, but no timers.</summary>
internal sealed class UnkeyedFunctionContext(OperatorContext context, SideOutputs sideOutputs) : IProcessContext, ITimerService
{
    private readonly SideOutputCache _sideOutputs = new(sideOutputs);

    public long Timestamp { get; set; } = RecordBatch.NoTimestamp;

    public ITimerService TimerService => this;

    public long CurrentProcessingTime => context.ProcessingTime.Now;

    public long CurrentWatermark { get; set; } = long.MinValue;

    public void RegisterEventTimeTimer(long time) => throw NoTimers();

    public void RegisterProcessingTimeTimer(long time) => throw NoTimers();

    public void DeleteEventTimeTimer(long time) => throw NoTimers();

    public void DeleteProcessingTimeTimer(long time) => throw NoTimers();

    public void Output<T>(OutputTag<T> tag, T value) => _sideOutputs.Emit(tag, value, Timestamp);

    public RuntimeContext CreateRuntimeContext() => new(context.JobName, context.Uid, context.TaskIndex, context.Parallelism, states: null);

    private WrongJobException NoTimers() =>
        new(
            $"Operator '{context.Name}' sets a timer, but its input is not keyed, and timers belong to keys; put KeyBy(...) before it and "
                + "use a KeyedProcessFunction."
        );
}
