namespace Millrace.Windows;

/// <summary>Windows of one size, one after the other without gap or overlap, in event time.</summary>
public sealed class TumblingEventTimeWindows : AlignedTimeWindows
{
    private TumblingEventTimeWindows(long size, long offset)
        : base(size, size, offset) { }

    /// <inheritdoc/>
    public override bool IsEventTime => true;

    /// <summary>Windows of a size.</summary>
    /// <param name="size">Length of a window, at least 1 ms.</param>
    /// <param name="offset">Shifts the windows from the epoch, for instance by -8 h for days of UTC+8; smaller than the size.</param>
    public static TumblingEventTimeWindows Of(TimeSpan size, TimeSpan offset = default) =>
        new(Milliseconds(size, nameof(size), positive: true), Milliseconds(offset, nameof(offset), positive: false));
}

/// <summary>Windows of one size, one after the other without gap or overlap, in processing time.</summary>
public sealed class TumblingProcessingTimeWindows : AlignedTimeWindows
{
    private TumblingProcessingTimeWindows(long size, long offset)
        : base(size, size, offset) { }

    /// <inheritdoc/>
    public override bool IsEventTime => false;

    /// <summary>Windows of a size.</summary>
    /// <param name="size">Length of a window, at least 1 ms.</param>
    /// <param name="offset">Shifts the windows from the epoch, for instance by -8 h for days of UTC+8; smaller than the size.</param>
    public static TumblingProcessingTimeWindows Of(TimeSpan size, TimeSpan offset = default) =>
        new(Milliseconds(size, nameof(size), positive: true), Milliseconds(offset, nameof(offset), positive: false));
}
