using System.Globalization;

namespace Millrace.Windows;

/// <summary>The time from <see cref="Start"/> (inclusive) to <see cref="End"/> (exclusive), in milliseconds since the Unix epoch.</summary>
/// <param name="Start">First timestamp of the window.</param>
/// <param name="End">The timestamp after the last one.</param>
public readonly record struct TimeWindow(long Start, long End) : IWindow
{
    /// <inheritdoc/>
    public long MaxTimestamp => End - 1;

    /// <summary><see cref="Start"/> as a point in time.</summary>
    public DateTimeOffset StartTime => DateTimeOffset.FromUnixTimeMilliseconds(Start);

    /// <summary><see cref="End"/> as a point in time.</summary>
    public DateTimeOffset EndTime => DateTimeOffset.FromUnixTimeMilliseconds(End);

    /// <summary>Whether the two windows have a common timestamp or one begins where the other ends (Flink's rule for merging sessions).</summary>
    /// <param name="other">The other window.</param>
    public bool Intersects(TimeWindow other) => Start <= other.End && End >= other.Start;

    /// <summary>The smallest window that covers both.</summary>
    /// <param name="other">The other window.</param>
    public TimeWindow Cover(TimeWindow other) => new(Math.Min(Start, other.Start), Math.Max(End, other.End));

    /// <summary>Start of the last window that begins at or before a timestamp; also right before the epoch.</summary>
    /// <param name="timestamp">The timestamp.</param>
    /// <param name="offset">Where windows are aligned to, relative to the epoch.</param>
    /// <param name="size">Distance between the starts of neighbouring windows, in milliseconds.</param>
    public static long StartOf(long timestamp, long offset, long size)
    {
        long remainder = (timestamp - offset) % size;
        return remainder < 0 ? timestamp - (remainder + size) : timestamp - remainder;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Start}, {End})");
}
