using Millrace.Batches;
using Millrace.Processing;
using Millrace.StateBackends;

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
