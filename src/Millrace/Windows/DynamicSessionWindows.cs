using Millrace.Time;

namespace Millrace.Windows;

internal sealed class DynamicSessionWindows<T>(Func<T, TimeSpan> gap, bool isEventTime) : WindowAssigner<T, TimeWindow>
{
    public override bool IsEventTime => isEventTime;

    public override Trigger DefaultTrigger => isEventTime ? EventTimeTrigger.Create() : ProcessingTimeTrigger.Create();

    internal override bool IsMerging => true;

    public override void AssignWindows(T value, long timestamp, long processingTime, ICollection<TimeWindow> windows)
    {
        long time = isEventTime ? timestamp : processingTime;
        if (time == long.MinValue)
        {
            AlignedTimeWindows.ThrowNoTimestamp();
        }

        long length = (long)gap(value).TotalMilliseconds;
        if (length <= 0)
        {
            throw new InvalidOperationException(
                $"The dynamic session gap of a {typeof(T).Name} was {length} ms; it must be at least 1 ms."
            );
        }

        // Near the end of the range a session is its last gap: it has a length, and merges with its neighbours.
        windows.Add(new TimeWindow(Math.Min(time, long.MaxValue - length), EventTime.Add(time, length)));
    }
}
