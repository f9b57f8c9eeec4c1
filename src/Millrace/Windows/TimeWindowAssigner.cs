namespace Millrace.Windows;

/// <summary>An assigner of time windows that looks only at the time of a record.</summary>
public abstract class TimeWindowAssigner : WindowAssigner<TimeWindow>
{
    private protected TimeWindowAssigner() { }

    /// <inheritdoc/>
    public override Trigger DefaultTrigger => IsEventTime ? EventTimeTrigger.Create() : ProcessingTimeTrigger.Create();

    /// <summary>Adds the windows of a time.</summary>
    internal abstract void Assign(long time, ICollection<TimeWindow> windows);

    internal override WindowAssigner<T, TimeWindow> Bind<T>() => new Bound<T>(this);

    private protected static long Milliseconds(TimeSpan time, string name, bool positive)
    {
        long milliseconds = (long)time.TotalMilliseconds;
        return !positive || milliseconds > 0
            ? milliseconds
            : throw new ArgumentOutOfRangeException(name, time, $"The {name} of a window must be at least 1 ms.");
    }

    private sealed class Bound<T>(TimeWindowAssigner owner) : WindowAssigner<T, TimeWindow>
    {
        private readonly bool _isEventTime = owner.IsEventTime;

        public override bool IsEventTime => _isEventTime;

        public override Trigger DefaultTrigger => owner.DefaultTrigger;

        internal override bool IsMerging => owner.IsMerging;

        public override string ToString() => owner.ToString();

        public override void AssignWindows(T value, long timestamp, long processingTime, ICollection<TimeWindow> windows) =>
            owner.Assign(_isEventTime ? timestamp : processingTime, windows);
    }
}
