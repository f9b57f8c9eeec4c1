namespace Millrace.Windows;

/// <summary>Windows of one size that begin every slide, so that a record belongs to several, in event time.</summary>
public sealed class SlidingEventTimeWindows : AlignedTimeWindows
{
    private SlidingEventTimeWindows(long size, long slide, long offset)
        : base(size, slide, offset) { }

    /// <inheritdoc/>
    public override bool IsEventTime => true;

    /// <summary>Windows of a size and slide.</summary>
    /// <param name="size">Length of a window, at least 1 ms.</param>
    /// <param name="slide">Distance between the starts of two windows, at least 1 ms; usually shorter than the size. When longer, records
    /// in between belong to no window.</param>
    /// <param name="offset">Shifts the windows from the epoch; smaller than the slide.</param>
    public static SlidingEventTimeWindows Of(TimeSpan size, TimeSpan slide, TimeSpan offset = default) =>
        new(
            Milliseconds(size, nameof(size), positive: true),
            Milliseconds(slide, nameof(slide), positive: true),
            Milliseconds(offset, nameof(offset), positive: false)
        );
}

/// <summary>Windows of one size that begin every slide, so that a record belongs to several, in processing time.</summary>
public sealed class SlidingProcessingTimeWindows : AlignedTimeWindows
{
    private SlidingProcessingTimeWindows(long size, long slide, long offset)
        : base(size, slide, offset) { }

    /// <inheritdoc/>
    public override bool IsEventTime => false;

    /// <summary>Windows of a size and slide.</summary>
    /// <param name="size">Length of a window, at least 1 ms.</param>
    /// <param name="slide">Distance between the starts of two windows, at least 1 ms; usually shorter than the size. When longer, records
    /// in between belong to no window.</param>
    /// <param name="offset">Shifts the windows from the epoch; smaller than the slide.</param>
    public static SlidingProcessingTimeWindows Of(TimeSpan size, TimeSpan slide, TimeSpan offset = default) =>
        new(
            Milliseconds(size, nameof(size), positive: true),
            Milliseconds(slide, nameof(slide), positive: true),
            Milliseconds(offset, nameof(offset), positive: false)
        );
}
