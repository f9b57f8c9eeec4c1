using Millrace.Errors;

namespace Millrace.Windows;

/// <summary>Windows of one size that begin every <see cref="Slide"/>, aligned to the epoch plus an offset.</summary>
public abstract class AlignedTimeWindows : TimeWindowAssigner
{
    private protected AlignedTimeWindows(long size, long slide, long offset)
    {
        if (Math.Abs(offset) >= slide)
        {
            throw new ArgumentOutOfRangeException(
                nameof(offset),
                offset,
                $"The offset of windows must be smaller than the distance of {slide} ms between two windows."
            );
        }

        Size = size;
        Slide = slide;
        Offset = offset;
    }

    /// <inheritdoc/>
    public sealed override string ToString() =>
        Size == Slide
            ? $"{GetType().Name}({TimeSpan.FromMilliseconds(Size)})"
            : $"{GetType().Name}({TimeSpan.FromMilliseconds(Size)}, {TimeSpan.FromMilliseconds(Slide)})";

    /// <summary>Length of a window in milliseconds.</summary>
    internal long Size { get; }

    /// <summary>Distance between the starts of two windows in milliseconds.</summary>
    internal long Slide { get; }

    /// <summary>Where windows are aligned to, in milliseconds relative to the epoch.</summary>
    internal long Offset { get; }

    /// <summary>
    /// The last time that is told apart: a later one belongs to the windows of this, the last that lie wholly in the range of timestamps.
    /// </summary>
    internal long LastTime => long.MaxValue - Size - Slide;

    private long FirstTime => long.MinValue + Size + (2 * Slide);

    /// <summary>A time in the range where no window of it wraps around.</summary>
    internal long Clamp(long time) => Math.Clamp(time, FirstTime, LastTime);

    /// <summary>The greatest timestamp of the window that begins at a time.</summary>
    internal long MaxTimestampOf(long start) => start + Size - 1;

    /// <summary>Start of the last window that a time belongs to.</summary>
    internal long LastStartOf(long time) => TimeWindow.StartOf(Clamp(time), Offset, Slide);

    /// <summary>The longest stretch of time <c>[Start, End)</c> around a timestamp whose records all belong to the same windows.</summary>
    internal (long Start, long End) SliceOf(long timestamp)
    {
        timestamp = Clamp(timestamp);
        long start = TimeWindow.StartOf(timestamp, Offset, Slide);

        // Where the size is no multiple of the slide, the oldest window ends within the slide.
        long cut = Size % Slide;
        return cut == 0 ? (start, start + Slide)
            : timestamp < start + cut ? (start, start + cut)
            : (start + cut, start + Slide);
    }

    internal override void Assign(long time, ICollection<TimeWindow> windows)
    {
        if (time == long.MinValue)
        {
            ThrowNoTimestamp();
        }

        time = Clamp(time);
        for (long start = TimeWindow.StartOf(time, Offset, Slide); start > time - Size; start -= Slide)
        {
            windows.Add(new TimeWindow(start, start + Size));
        }
    }

    internal static void ThrowNoTimestamp() =>
        throw new WrongJobException(
            "A record without a timestamp came to an event-time window; give the source a WatermarkStrategy with a timestamp assigner, or "
                + "use processing-time windows."
        );
}
