namespace Millrace.Windows;

/// <summary>Makes every firing of another trigger drop the window's contents.</summary>
public sealed class PurgingTrigger : Trigger
{
    private readonly Trigger _nested;

    private PurgingTrigger(Trigger nested) => _nested = nested;

    /// <summary>Purges where <paramref name="nested"/> fires.</summary>
    /// <param name="nested">The trigger that decides.</param>
    public static PurgingTrigger Of(Trigger nested)
    {
        ArgumentNullException.ThrowIfNull(nested);
        return new PurgingTrigger(nested);
    }

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>(_nested.Bind<T, TWindow>());

    private sealed class Bound<T, TWindow>(Trigger<T, TWindow> nested) : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        public override bool CanMerge => nested.CanMerge;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context) =>
            Purging(nested.OnElement(value, timestamp, window, context));

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) =>
            Purging(nested.OnEventTime(time, window, context));

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) =>
            Purging(nested.OnProcessingTime(time, window, context));

        public override void OnMerge(TWindow window, IOnMergeContext context) => nested.OnMerge(window, context);

        public override void Clear(TWindow window, ITriggerContext context) => nested.Clear(window, context);

        private static TriggerResult Purging(TriggerResult result) =>
            (result & TriggerResult.Fire) != TriggerResult.Continue ? TriggerResult.FireAndPurge : result;
    }
}
