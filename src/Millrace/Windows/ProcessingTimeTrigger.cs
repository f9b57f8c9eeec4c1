namespace Millrace.Windows;

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
