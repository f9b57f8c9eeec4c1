using System.CommandLine.Parsing;
using System.Globalization;

namespace Millrace.Embedded.Cli;

/// <summary>Durations as people write them: 500ms, 30s, 5m, 2h.</summary>
internal static class Durations
{
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (TryParse(text, out TimeSpan duration, out bool isTooLong))
        {
            return duration;
        }
        if (isTooLong)
        {
            argument.AddError($"'{text}' is too long, expected at most 49 days (1176h).");
        }
        else
        {
            argument.AddError($"'{text}' is no duration; expected a number with a unit, such as 500ms, 30s, 5m or 2h.");
        }
        return null;
    }

    public static bool TryParse(string text, out TimeSpan duration) => TryParse(text, out duration, out _);

    /// <summary>A duration as it is written on the command line.</summary>
    public static string Text(TimeSpan? duration) =>
        duration switch
        {
            null => "-",
            { TotalSeconds: < 1 } d => string.Create(CultureInfo.InvariantCulture, $"{d.TotalMilliseconds:0.###}ms"),
            { TotalSeconds: < 120 } d => string.Create(CultureInfo.InvariantCulture, $"{d.TotalSeconds:0.###}s"),
            { TotalMinutes: < 120 } d => string.Create(CultureInfo.InvariantCulture, $"{d.TotalMinutes:0.###}m"),
            { } d => string.Create(CultureInfo.InvariantCulture, $"{d.TotalHours:0.###}h"),
        };

    private static bool TryParse(string text, out TimeSpan duration, out bool isTooLong)
    {
        (string unit, double seconds) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => ("ms", 0.001),
            _ when text.EndsWith('s') => ("s", 1),
            _ when text.EndsWith('m') => ("m", 60),
            _ when text.EndsWith('h') => ("h", 3600),
            _ => ("", 0),
        };
        duration = default;
        isTooLong = false;

        // What timers can wait.
        const double Longest = 49 * 24 * 3600;
        if (
            !double.TryParse(
                text.AsSpan(0, text.Length - unit.Length),
                NumberStyles.AllowDecimalPoint,
                CultureInfo.InvariantCulture,
                out double number
            )
            || seconds == 0
        )
        {
            return false;
        }

        isTooLong = number * seconds > Longest;
        if (isTooLong || number * seconds is not > 0)
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(number * seconds);
        return true;
    }
}
