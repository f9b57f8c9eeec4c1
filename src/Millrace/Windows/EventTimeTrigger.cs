namespace Millrace.Windows;

/// <summary>Fires when the watermark passes the end of the window; for records that come later, at once.</summary>
public sealed class EventTimeTrigger : Trigger
{
    private static readonly EventTimeTrigger Instance = new();

    private EventTimeTrigger() { }

    /// <summary>The trigger.</summary>
    public static EventTimeTrigger Create() => Instance;

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>();

    private sealed class Bound<T, TWindow> : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context)
        {
            if (window.MaxTimestamp <= context.CurrentWatermark)
            {
                return TriggerResult.Fire;
            }

            context.RegisterEventTimeTimer(window.MaxTimestamp);
            return TriggerResult.Continue;
        }

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) =>
            time == window.MaxTimestamp ? TriggerResult.Fire : TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override void OnMerge(TWindow window, IOnMergeContext context)
        {
            // A window that is already past fires with the record that merged it; a timer would fire it twice.
            if (window.MaxTimestamp > context.CurrentWatermark)
            {
                context.RegisterEventTimeTimer(window.MaxTimestamp);
            }
        }

        public override void Clear(TWindow window, ITriggerContext context) => context.DeleteEventTimeTimer(window.MaxTimestamp);
    }
}

/// <summary>Fires when the clock passes the end of the window.</summary>
public sealed class ProcessingTimeTrigger : Trigger
{
    private static readonly ProcessingTimeTrigger Instance = new();

    private ProcessingTimeTrigger() { }

    /// <summary>The trigger.</summary>
    public static ProcessingTimeTrigger Create() => Instance;

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>();

    private sealed class Bound<T, TWindow> : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context)
        {
            context.RegisterProcessingTimeTimer(window.MaxTimestamp);
            return TriggerResult.Continue;
        }

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Fire;

        public override void OnMerge(TWindow window, IOnMergeContext context)
        {
            if (window.MaxTimestamp > context.CurrentProcessingTime)
            {
                context.RegisterProcessingTimeTimer(window.MaxTimestamp);
            }
        }

        public override void Clear(TWindow window, ITriggerContext context) => context.DeleteProcessingTimeTimer(window.MaxTimestamp);
    }
}

/// <summary>Never fires.</summary>
internal sealed class NeverTrigger : Trigger
{
    public static readonly NeverTrigger Instance = new();

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>();

    private sealed class Bound<T, TWindow> : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override void OnMerge(TWindow window, IOnMergeContext context) { }

        public override void Clear(TWindow window, ITriggerContext context) { }
    }
}
