using System.CommandLine;
using System.Globalization;

namespace Millrace.Embedded.Cli;

/// <summary>Numbers with bounds.</summary>
internal static class OptionRanges
{
    /// <summary>Refuses numbers out of bounds.</summary>
    /// <param name="option">The option.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    public static Option<T> From<T>(this Option<T> option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        option.Validators.Add(result =>
        {
            // Text that is no number has its own message.
            if (
                result.Tokens.Count == 1
                && T.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, out T value)
                && (value.CompareTo(min) < 0 || value.CompareTo(max) > 0)
            )
            {
                result.AddError($"{option.Name} is {value}, expected {min} to {max}.");
            }
        });
        return option;
    }
}
