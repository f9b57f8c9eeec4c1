using Millrace.State;

namespace Millrace.Windows;

/// <summary>Fires when a window has got a number of records since it last fired.</summary>
public sealed class CountTrigger : Trigger
{
    private readonly long _maxCount;

    private CountTrigger(long maxCount) => _maxCount = maxCount;

    /// <summary>Fires at every <paramref name="maxCount"/>th record.</summary>
    /// <param name="maxCount">Number of records, at least 1.</param>
    public static CountTrigger Of(long maxCount)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxCount);
        return new CountTrigger(maxCount);
    }

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>(_maxCount);

    private sealed class Bound<T, TWindow>(long maxCount) : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        private readonly ReducingStateDescriptor<long> _count = new("count", static (left, right) => left + right);

        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context)
        {
            IReducingState<long> count = context.GetPartitionedState(_count);
            count.Add(1);
            if (count.Get() < maxCount)
            {
                return TriggerResult.Continue;
            }

            count.Clear();
            return TriggerResult.Fire;
        }

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override void OnMerge(TWindow window, IOnMergeContext context) => context.MergePartitionedState(_count);

        public override void Clear(TWindow window, ITriggerContext context) => context.GetPartitionedState(_count).Clear();
    }
}
