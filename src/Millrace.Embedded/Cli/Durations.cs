using System.CommandLine.Parsing;
using System.Globalization;

namespace Millrace.Embedded.Cli;

/// <summary>Durations as people write them: 500ms, 30s, 5m, 2h.</summary>
internal static class Durations
{
    public static TimeSpan? Parse(ArgumentResult argument)
    {
        string text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (TryParse(text, out TimeSpan duration)) return duration;
        argument.AddError($"'{text}' is no duration; expected a number with a unit, such as 500ms, 30s, 5m or 2h.");
        return null;
    }

    public static bool TryParse(string text, out TimeSpan duration)
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
        const double Longest = 365 * 24 * 3600;
        if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            || seconds == 0 || number * seconds is not (> 0 and <= Longest))
        {
            return false;
        }

        duration = TimeSpan.FromSeconds(number * seconds);
        return true;
    }
}
