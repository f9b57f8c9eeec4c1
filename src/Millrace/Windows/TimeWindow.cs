namespace Millrace.Windows;

/// <summary>A window of event or processing time, <c>[Start, End)</c>, in milliseconds since the Unix epoch (Flink's <c>TimeWindow</c>).</summary>
/// <param name="Start">First millisecond.</param>
/// <param name="End">The millisecond after the last one.</param>
public readonly record struct TimeWindow(long Start, long End)
{
    /// <summary>The largest timestamp that belongs to the window: <c>End - 1</c>; results of the window carry it.</summary>
    public long MaxTimestamp => End - 1;

    /// <summary><see cref="Start"/> as a point in time.</summary>
    public DateTimeOffset StartTime => DateTimeOffset.FromUnixTimeMilliseconds(Start);

    /// <summary><see cref="End"/> as a point in time.</summary>
    public DateTimeOffset EndTime => DateTimeOffset.FromUnixTimeMilliseconds(End);

    /// <summary>Start of the window of a size that a timestamp falls in; also right before the epoch.</summary>
    /// <param name="timestamp">Milliseconds since the Unix epoch.</param>
    /// <param name="offset">Shift of all windows, in milliseconds.</param>
    /// <param name="size">Distance between the starts of neighbouring windows, in milliseconds.</param>
    public static long StartOf(long timestamp, long offset, long size)
    {
        long remainder = (timestamp - offset) % size;
        return timestamp - (remainder < 0 ? remainder + size : remainder);
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{Start}, {End})";
}
