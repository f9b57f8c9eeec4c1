namespace Millrace.Windows;

/// <summary>Event-time windows of one size whose starts are the same for all keys: tumbling and sliding ones. They need no timer per key.</summary>
public abstract class AlignedEventTimeWindows : WindowAssigner<TimeWindow>
{
    private protected AlignedEventTimeWindows(TimeSpan size, TimeSpan slide, TimeSpan offset)
    {
        Size = (long)size.TotalMilliseconds;
        Slide = (long)slide.TotalMilliseconds;
        Offset = (long)offset.TotalMilliseconds;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Size, nameof(size));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Slide, nameof(slide));
        if (Math.Abs(Offset) >= Slide)
        {
            throw new ArgumentOutOfRangeException(nameof(offset), offset, $"The offset must be smaller than the distance of the windows' starts, {slide}.");
        }
    }

    /// <inheritdoc/>
    public sealed override bool IsEventTime => true;

    /// <summary>Length of a window, in milliseconds.</summary>
    internal long Size { get; }

    /// <summary>Distance of the windows' starts, in milliseconds.</summary>
    internal long Slide { get; }

    /// <summary>Shift of all windows, in milliseconds.</summary>
    internal long Offset { get; }
}
