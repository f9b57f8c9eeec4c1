namespace Millrace.Windows;

/// <summary>Windows of one size without gap or overlap, in event time (Flink's <c>TumblingEventTimeWindows</c>).</summary>
public sealed class TumblingEventTimeWindows : AlignedEventTimeWindows
{
    private TumblingEventTimeWindows(TimeSpan size, TimeSpan offset)
        : base(size, size, offset)
    {
    }

    /// <summary>Windows of a size, aligned to the Unix epoch.</summary>
    /// <param name="size">Length of a window, at least a millisecond.</param>
    /// <param name="offset">Shift of all windows, smaller than <paramref name="size"/>; for instance -8 h for days in UTC+8.</param>
    public static TumblingEventTimeWindows Of(TimeSpan size, TimeSpan offset = default) => new(size, offset);

    /// <inheritdoc/>
    public override string ToString() => $"TumblingEventTimeWindows({TimeSpan.FromMilliseconds(Size)})";
}
