namespace Millrace.Windows;

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
