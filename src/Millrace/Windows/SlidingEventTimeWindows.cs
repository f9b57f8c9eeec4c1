namespace Millrace.Windows;

/// <summary>Windows of one size that start at a fixed distance and may overlap, in event time (Flink's <c>SlidingEventTimeWindows</c>).</summary>
public sealed class SlidingEventTimeWindows : AlignedEventTimeWindows
{
    private SlidingEventTimeWindows(TimeSpan size, TimeSpan slide, TimeSpan offset)
        : base(size, slide, offset)
    {
    }

    /// <summary>Windows of a size that start every <paramref name="slide"/>.</summary>
    /// <param name="size">Length of a window, at least a millisecond.</param>
    /// <param name="slide">Distance of the windows' starts, at least a millisecond; larger than <paramref name="size"/> leaves gaps whose records are in no window.</param>
    /// <param name="offset">Shift of all windows, smaller than <paramref name="slide"/>.</param>
    public static SlidingEventTimeWindows Of(TimeSpan size, TimeSpan slide, TimeSpan offset = default) => new(size, slide, offset);

    /// <inheritdoc/>
    public override string ToString() => $"SlidingEventTimeWindows({TimeSpan.FromMilliseconds(Size)}, {TimeSpan.FromMilliseconds(Slide)})";
}
