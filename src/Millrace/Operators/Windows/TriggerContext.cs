using Millrace.State;
using Millrace.StateBackends;
using Millrace.Windows;

namespace Millrace.Operators.Windows;

/// <summary>The context of triggers; one object, set anew for each window.</summary>
internal sealed class TriggerContext<TKey, TWindow>(InternalTimerService<TKey, TWindow> timers, KeyedStateStore<TKey, TWindow> states)
    : IOnMergeContext
    where TKey : notnull
    where TWindow : struct, IWindow
{
    public TWindow Window
    {
        get => states.Namespace;
        set => states.Namespace = value;
    }

    /// <summary>The windows being merged, while <c>OnMerge</c> runs.</summary>
    public IReadOnlyCollection<TWindow> Merged { get; set; } = [];

    public long CurrentWatermark => timers.CurrentWatermark;

    public long CurrentProcessingTime => timers.CurrentProcessingTime;

    public void RegisterEventTimeTimer(long time) => timers.RegisterEventTimeTimer(Window, time);

    public void RegisterProcessingTimeTimer(long time) => timers.RegisterProcessingTimeTimer(Window, time);

    public void DeleteEventTimeTimer(long time) => timers.DeleteEventTimeTimer(Window, time);

    public void DeleteProcessingTimeTimer(long time) => timers.DeleteProcessingTimeTimer(Window, time);

    public IValueState<T> GetPartitionedState<T>(ValueStateDescriptor<T> descriptor) => states.GetState(descriptor);

    public IReducingState<T> GetPartitionedState<T>(ReducingStateDescriptor<T> descriptor) => states.GetReducingState(descriptor);

    public void MergePartitionedState<T>(ReducingStateDescriptor<T> descriptor) =>
        ((IMergingState<TWindow>)states.GetReducingState(descriptor)).MergeNamespaces(Window, Merged);
}
