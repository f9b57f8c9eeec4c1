using Millrace.Batches;
using Millrace.Errors;
using Millrace.Processing;

namespace Millrace.Operators;

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
