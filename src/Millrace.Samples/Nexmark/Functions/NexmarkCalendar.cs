using System.Globalization;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Days and minutes as text, in UTC. Texts are made once and shared.</summary>
internal static class NexmarkCalendar
{
    private const long MinuteMs = 60_000;
    private const long DayMs = 86_400_000;

    private static readonly string[] Minutes =
    [
        .. Enumerable
            .Range(0, (int)(DayMs / MinuteMs))
            .Select(minute => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:D2}:{minute % 60:D2}")),
    ];

    [ThreadStatic]
    private static (long Number, string? Text) _day;

    /// <summary>Number of the day of a time in milliseconds since the Unix epoch.</summary>
    public static long DayOf(long time) => Math.DivRem(time, DayMs, out long rest) - (rest < 0 ? 1 : 0);

    /// <summary>The hour of a time, from 0 to 23.</summary>
    public static int HourOf(long time) => (int)((time - (DayOf(time) * DayMs)) / (60 * MinuteMs));

    /// <summary>A day as <c>yyyy-MM-dd</c>.</summary>
    public static string Day(long number)
    {
        if (_day.Text is { } text && _day.Number == number)
        {
            return text;
        }

        text = DateTimeOffset.FromUnixTimeMilliseconds(number * DayMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _day = (number, text);
        return text;
    }

    /// <summary>Hour and minute of a time as <c>HH:mm</c>.</summary>
    public static string MinuteOfDay(long time) => Minutes[(time - (DayOf(time) * DayMs)) / MinuteMs];
}
