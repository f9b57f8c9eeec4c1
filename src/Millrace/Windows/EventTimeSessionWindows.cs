using Millrace.Time;

namespace Millrace.Windows;

/// <summary>Sessions in event time: records of a key that are less than a gap apart share a window.</summary>
public sealed class EventTimeSessionWindows : TimeWindowAssigner
{
    private readonly long _gap;

    private EventTimeSessionWindows(long gap) => _gap = gap;

    /// <inheritdoc/>
    public override bool IsEventTime => true;

    internal override bool IsMerging => true;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(EventTimeSessionWindows)}({TimeSpan.FromMilliseconds(_gap)})";

    /// <summary>Sessions with one gap for all records.</summary>
    /// <param name="gap">A session ends when this long no record came; at least 1 ms.</param>
    public static EventTimeSessionWindows WithGap(TimeSpan gap) => new(Milliseconds(gap, nameof(gap), positive: true));

    /// <summary>Sessions whose gap depends on the record.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="gap">From a record to the gap behind it; at least 1 ms.</param>
    public static WindowAssigner<TimeWindow> WithDynamicGap<T>(Func<T, TimeSpan> gap)
    {
        ArgumentNullException.ThrowIfNull(gap);
        return new DynamicSessionWindows<T>(gap, isEventTime: true);
    }

    internal override void Assign(long time, ICollection<TimeWindow> windows)
    {
        if (time == long.MinValue)
        {
            AlignedTimeWindows.ThrowNoTimestamp();
        }

        // Near the end of the range a session is its last gap: it has a length, and merges with its neighbours.
        windows.Add(new TimeWindow(Math.Min(time, long.MaxValue - _gap), EventTime.Add(time, _gap)));
    }
}

/// <summary>Sessions in processing time: records of a key that are less than a gap apart share a window.</summary>
public sealed class ProcessingTimeSessionWindows : TimeWindowAssigner
{
    private readonly long _gap;

    private ProcessingTimeSessionWindows(long gap) => _gap = gap;

    /// <inheritdoc/>
    public override bool IsEventTime => false;

    internal override bool IsMerging => true;

    /// <inheritdoc/>
    public override string ToString() => $"{nameof(ProcessingTimeSessionWindows)}({TimeSpan.FromMilliseconds(_gap)})";

    /// <summary>Sessions with one gap for all records.</summary>
    /// <param name="gap">A session ends when this long no record came; at least 1 ms.</param>
    public static ProcessingTimeSessionWindows WithGap(TimeSpan gap) => new(Milliseconds(gap, nameof(gap), positive: true));

    /// <summary>Sessions whose gap depends on the record.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="gap">From a record to the gap behind it; at least 1 ms.</param>
    public static WindowAssigner<TimeWindow> WithDynamicGap<T>(Func<T, TimeSpan> gap)
    {
        ArgumentNullException.ThrowIfNull(gap);
        return new DynamicSessionWindows<T>(gap, isEventTime: false);
    }

    internal override void Assign(long time, ICollection<TimeWindow> windows)
    {
        if (time == long.MinValue)
        {
            AlignedTimeWindows.ThrowNoTimestamp();
        }

        // Near the end of the range a session is its last gap: it has a length, and merges with its neighbours.
        windows.Add(new TimeWindow(Math.Min(time, long.MaxValue - _gap), EventTime.Add(time, _gap)));
    }
}

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
