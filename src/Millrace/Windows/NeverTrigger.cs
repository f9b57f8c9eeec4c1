namespace Millrace.Windows;

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
