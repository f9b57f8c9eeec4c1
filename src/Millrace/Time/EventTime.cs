using System.Globalization;

namespace Millrace.Time;

/// <summary>
/// Arithmetic of event time. A timestamp is any <see cref="long"/>, milliseconds since the Unix epoch: sums stop at the ends of the range,
/// where they would otherwise wrap around.
/// </summary>
internal static class EventTime
{
    private static readonly long First = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();
    private static readonly long Last = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    /// <summary>The sum; the nearest end of the range where it lies outside.</summary>
    public static long Add(long timestamp, long milliseconds)
    {
        long sum = unchecked(timestamp + milliseconds);

        // Wrapped around where both have the sign that the sum has not.
        return ((timestamp ^ sum) & (milliseconds ^ sum)) < 0 ? End(timestamp) : sum;
    }

    /// <summary>The difference; the nearest end of the range where it lies outside.</summary>
    public static long Subtract(long timestamp, long milliseconds)
    {
        long difference = unchecked(timestamp - milliseconds);
        return ((timestamp ^ milliseconds) & (timestamp ^ difference)) < 0 ? End(timestamp) : difference;
    }

    /// <summary>The timestamp as a date, where the calendar has one.</summary>
    public static DateTimeOffset? ToDate(long timestamp) =>
        timestamp >= First && timestamp <= Last ? DateTimeOffset.FromUnixTimeMilliseconds(timestamp) : null;

    /// <summary>The timestamp as a date; the calendar's first or last instant where it lies outside.</summary>
    public static DateTimeOffset ToNearestDate(long timestamp) =>
        ToDate(timestamp) ?? (timestamp < 0 ? DateTimeOffset.MinValue : DateTimeOffset.MaxValue);

    /// <summary>The timestamp for people: a date, or its number where the calendar ends.</summary>
    public static string ToText(long timestamp) =>
        timestamp switch
        {
            long.MinValue => "-∞",
            long.MaxValue => "+∞",
            _ when ToDate(timestamp) is { } date => date.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            _ => timestamp.ToString(CultureInfo.InvariantCulture) + " ms",
        };

    private static long End(long sign) => sign < 0 ? long.MinValue : long.MaxValue;
}
