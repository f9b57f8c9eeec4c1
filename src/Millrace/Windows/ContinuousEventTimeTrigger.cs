using Millrace.State;
using Millrace.Time;

namespace Millrace.Windows;

/// <summary>Fires again and again, each time the watermark has gone on by an interval, and at the end of the window.</summary>
public sealed class ContinuousEventTimeTrigger : Trigger
{
    private readonly long _interval;

    private ContinuousEventTimeTrigger(long interval) => _interval = interval;

    /// <summary>Fires every <paramref name="interval"/> of event time.</summary>
    /// <param name="interval">At least 1 ms.</param>
    public static ContinuousEventTimeTrigger Of(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(1));
        return new ContinuousEventTimeTrigger((long)interval.TotalMilliseconds);
    }

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>(_interval);

    private sealed class Bound<T, TWindow>(long interval) : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        // Lowest timer of the window; the state merges by minimum.
        private readonly ReducingStateDescriptor<long> _fireTime = new("fire-time", static (left, right) => Math.Min(left, right));

        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context)
        {
            if (window.MaxTimestamp <= context.CurrentWatermark)
            {
                return TriggerResult.Fire;
            }

            context.RegisterEventTimeTimer(window.MaxTimestamp);
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (fireTime.IsEmpty)
            {
                Next(TimeWindow.StartOf(timestamp, 0, interval), window, context, fireTime);
            }

            return TriggerResult.Continue;
        }

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context)
        {
            if (time == window.MaxTimestamp)
            {
                return TriggerResult.Fire;
            }

            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (fireTime.IsEmpty || fireTime.Get() != time)
            {
                return TriggerResult.Continue;
            }

            fireTime.Clear();
            Next(time, window, context, fireTime);
            return TriggerResult.Fire;
        }

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override void OnMerge(TWindow window, IOnMergeContext context)
        {
            context.MergePartitionedState(_fireTime);
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (!fireTime.IsEmpty)
            {
                context.RegisterEventTimeTimer(fireTime.Get());
            }
        }

        public override void Clear(TWindow window, ITriggerContext context)
        {
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (!fireTime.IsEmpty)
            {
                context.DeleteEventTimeTimer(fireTime.Get());
                fireTime.Clear();
            }
        }

        private void Next(long from, TWindow window, ITriggerContext context, IReducingState<long> fireTime)
        {
            long next = Math.Min(EventTime.Add(from, interval), window.MaxTimestamp);
            fireTime.Add(next);
            context.RegisterEventTimeTimer(next);
        }
    }
}

/// <summary>Fires again and again, each time the clock has gone on by an interval.</summary>
public sealed class ContinuousProcessingTimeTrigger : Trigger
{
    private readonly long _interval;

    private ContinuousProcessingTimeTrigger(long interval) => _interval = interval;

    /// <summary>Fires every <paramref name="interval"/> of processing time.</summary>
    /// <param name="interval">At least 1 ms.</param>
    public static ContinuousProcessingTimeTrigger Of(TimeSpan interval)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(interval, TimeSpan.FromMilliseconds(1));
        return new ContinuousProcessingTimeTrigger((long)interval.TotalMilliseconds);
    }

    internal override Trigger<T, TWindow> Bind<T, TWindow>() => new Bound<T, TWindow>(_interval);

    private sealed class Bound<T, TWindow>(long interval) : Trigger<T, TWindow>
        where TWindow : struct, IWindow
    {
        // Lowest timer of the window; the state merges by minimum.
        private readonly ReducingStateDescriptor<long> _fireTime = new("fire-time", static (left, right) => Math.Min(left, right));

        public override bool CanMerge => true;

        public override TriggerResult OnElement(T value, long timestamp, TWindow window, ITriggerContext context)
        {
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (fireTime.IsEmpty)
            {
                Next(TimeWindow.StartOf(context.CurrentProcessingTime, 0, interval), window, context, fireTime);
            }

            return TriggerResult.Continue;
        }

        public override TriggerResult OnEventTime(long time, TWindow window, ITriggerContext context) => TriggerResult.Continue;

        public override TriggerResult OnProcessingTime(long time, TWindow window, ITriggerContext context)
        {
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (fireTime.IsEmpty || fireTime.Get() != time)
            {
                return TriggerResult.Continue;
            }

            fireTime.Clear();
            Next(time, window, context, fireTime);
            return TriggerResult.Fire;
        }

        public override void OnMerge(TWindow window, IOnMergeContext context)
        {
            context.MergePartitionedState(_fireTime);
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (!fireTime.IsEmpty)
            {
                context.RegisterProcessingTimeTimer(fireTime.Get());
            }
        }

        public override void Clear(TWindow window, ITriggerContext context)
        {
            IReducingState<long> fireTime = context.GetPartitionedState(_fireTime);
            if (!fireTime.IsEmpty)
            {
                context.DeleteProcessingTimeTimer(fireTime.Get());
                fireTime.Clear();
            }
        }

        private void Next(long from, TWindow window, ITriggerContext context, IReducingState<long> fireTime)
        {
            long next = Math.Min(EventTime.Add(from, interval), window.MaxTimestamp);
            fireTime.Add(next);
            context.RegisterProcessingTimeTimer(next);
        }
    }
}
