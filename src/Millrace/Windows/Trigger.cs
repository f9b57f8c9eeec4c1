using Millrace.State;

namespace Millrace.Windows;

/// <summary>
/// Declares when a window is evaluated. A spec: immutable, made by factories such as <c>CountTrigger.Of(100)</c>. Derive own triggers from
/// <see cref="Trigger{T, TWindow}"/>.</summary>
public abstract class Trigger
{
    private protected Trigger() { }

    /// <summary>The trigger for records and windows of given types.</summary>
    internal abstract Trigger<T, TWindow> Bind<T, TWindow>()
        where TWindow : struct, IWindow;
}

/// <summary>
/// Decides when a window is evaluated (Flink's <c>Trigger</c>). Instances are shared by keys, windows and tasks: what they remember belongs
/// into the context's state.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <typeparam name="TWindow">Type of the windows.</typeparam>
public abstract class Trigger<T, TWindow> : Trigger
    where TWindow : struct, IWindow
{
    /// <summary>Whether state and timers can be carried over when windows merge; needed for sessions.</summary>
    public virtual bool CanMerge => false;

    /// <summary>A record was put into a window.</summary>
    /// <param name="value">The record.</param>
    /// <param name="timestamp">Its timestamp.</param>
    /// <param name="window">The window.</param>
    /// <param name="context">Time, timers and state of the key and window.</param>
    public abstract TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context);

    /// <summary>An event-time timer that the trigger set is due.</summary>
    /// <param name="time">The time it was set for.</param>
    /// <param name="window">The window.</param>
    /// <param name="context">Time, timers and state of the key and window.</param>
    public abstract TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context);

    /// <summary>A processing-time timer that the trigger set is due.</summary>
    /// <param name="time">The time it was set for.</param>
    /// <param name="window">The window.</param>
    /// <param name="context">Time, timers and state of the key and window.</param>
    public abstract TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context);

    /// <summary>Windows were merged into one; carries state over and sets the timers of the new window.</summary>
    /// <param name="window">The merged window.</param>
    /// <param name="context">Time, timers and state of the key and merged window.</param>
    public virtual void OnMerge(TWindow window, IOnMergeContext context) =>
        throw new NotSupportedException(
            $"Trigger {GetType().Name} cannot be used with merging windows (sessions); override CanMerge and OnMerge, or use another "
                + "trigger."
        );

    /// <summary>A window is gone: deletes its timers and state.</summary>
    /// <param name="window">The window.</param>
    /// <param name="context">Time, timers and state of the key and window.</param>
    public abstract void Clear(TWindow window, ITriggerContext context);

    internal override Trigger<TOther, TOtherWindow> Bind<TOther, TOtherWindow>() =>
        this as Trigger<TOther, TOtherWindow>
        ?? throw new InvalidOperationException(
            $"Trigger {GetType().Name} is for {typeof(T)} in {typeof(TWindow)}, but the windowed stream has {typeof(TOther)} in "
                + $"{typeof(TOtherWindow)}; use a trigger of these types."
        );
}

/// <summary>What a trigger can see and do, for one key and window.</summary>
public interface ITriggerContext
{
    /// <summary>The operator's watermark; <see cref="long.MinValue"/> before the first.</summary>
    long CurrentWatermark { get; }

    /// <summary>Now, in processing time, milliseconds since the Unix epoch.</summary>
    long CurrentProcessingTime { get; }

    /// <summary>Calls <c>OnEventTime</c> when the watermark has reached a time. Setting the same timer again changes nothing.</summary>
    /// <param name="time">The time.</param>
    void RegisterEventTimeTimer(long time);

    /// <summary>Calls <c>OnProcessingTime</c> when the clock has reached a time. Setting the same timer again changes nothing.</summary>
    /// <param name="time">The time.</param>
    void RegisterProcessingTimeTimer(long time);

    /// <summary>Takes an event-time timer back.</summary>
    /// <param name="time">The time it was set for.</param>
    void DeleteEventTimeTimer(long time);

    /// <summary>Takes a processing-time timer back.</summary>
    /// <param name="time">The time it was set for.</param>
    void DeleteProcessingTimeTimer(long time);

    /// <summary>State of the key and window.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IValueState<T> GetPartitionedState<T>(ValueStateDescriptor<T> descriptor);

    /// <summary>State of the key and window; merged by its reduce function when windows merge.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    IReducingState<T> GetPartitionedState<T>(ReducingStateDescriptor<T> descriptor);
}

/// <summary>A trigger's context while windows merge.</summary>
public interface IOnMergeContext : ITriggerContext
{
    /// <summary>Merges the state of the old windows into that of the new one.</summary>
    /// <typeparam name="T">Type of the value.</typeparam>
    /// <param name="descriptor">Names the state.</param>
    void MergePartitionedState<T>(ReducingStateDescriptor<T> descriptor);
}

/// <summary>What a trigger decides.</summary>
[Flags]
public enum TriggerResult
{
    /// <summary>Nothing.</summary>
    Continue = 0,

    /// <summary>Evaluate the window and emit its result; its contents stay.</summary>
    Fire = 1,

    /// <summary>Drop the window's contents without emitting anything.</summary>
    Purge = 2,

    /// <summary>Evaluate the window, emit its result and drop its contents.</summary>
    FireAndPurge = Fire | Purge,
}
