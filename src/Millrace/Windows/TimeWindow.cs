using System.Globalization;
using Millrace.Time;

namespace Millrace.Windows;

/// <summary>
/// The time from <see cref="Start"/> (inclusive) to <see cref="End"/> (exclusive), in milliseconds since the Unix epoch. Any two numbers: a
/// window need not lie in the years 1 to 9999 that
/// <see cref="DateTimeOffset"/> has.
/// </summary>
/// <param name="Start">First timestamp of the window.</param>
/// <param name="End">The timestamp after the last one.</param>
public readonly record struct TimeWindow(long Start, long End) : IWindow
{
    private const long NearEnd = 1L << 62;

    /// <inheritdoc/>
    public long MaxTimestamp => End == long.MinValue ? End : End - 1;

    /// <summary>
    /// <see cref="Start"/> as a point in time; the first or last one of the calendar where it lies outside of it. <see cref="Start"/>
    /// itself is always right.
    /// </summary>
    public DateTimeOffset StartTime => EventTime.ToNearestDate(Start);

    /// <summary>
    /// <see cref="End"/> as a point in time; the first or last one of the calendar where it lies outside of it. <see cref="End"/> itself is
    /// always right.
    /// </summary>
    public DateTimeOffset EndTime => EventTime.ToNearestDate(End);

    /// <summary>
    /// Whether the two windows have a common timestamp or one begins where the other ends (Flink's rule for merging sessions).
    /// </summary>
    /// <param name="other">The other window.</param>
    public bool Intersects(TimeWindow other) => Start <= other.End && End >= other.Start;

    /// <summary>The smallest window that covers both.</summary>
    /// <param name="other">The other window.</param>
    public TimeWindow Cover(TimeWindow other) => new(Math.Min(Start, other.Start), Math.Max(End, other.End));

    /// <summary>
    /// Start of the last window that begins at or before a timestamp, also before the epoch; <see cref="long.MinValue"/> where it would lie
    /// before that.
    /// </summary>
    /// <param name="timestamp">The timestamp.</param>
    /// <param name="offset">Where windows are aligned to, relative to the epoch.</param>
    /// <param name="size">Distance between the starts of neighbouring windows, in milliseconds.</param>
    public static long StartOf(long timestamp, long offset, long size)
    {
        if (timestamp is > NearEnd or < -NearEnd)
        {
            return StartNearEnd(timestamp, offset, size);
        }

        long remainder = (timestamp - offset) % size;
        return remainder < 0 ? timestamp - (remainder + size) : timestamp - remainder;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Start}, {End})");

    // Where the numbers end, neither difference may wrap around.
    private static long StartNearEnd(long timestamp, long offset, long size)
    {
        Int128 remainder = ((Int128)timestamp - offset) % size;
        Int128 start = timestamp - (remainder < 0 ? remainder + size : remainder);
        return start < long.MinValue ? long.MinValue : (long)start;
    }
}

/// <summary>A finite group of records. Windows are values: two equal windows are the same window.</summary>
public interface IWindow
{
    /// <summary>The highest timestamp that belongs to the window, in milliseconds since the Unix epoch.</summary>
    long MaxTimestamp { get; }
}
