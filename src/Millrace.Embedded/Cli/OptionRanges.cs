using System.CommandLine;
using System.Globalization;

namespace Millrace.Embedded.Cli;

/// <summary>Numbers with bounds, and words of a list.</summary>
internal static class OptionRanges
{
    /// <summary>Refuses numbers out of bounds.</summary>
    /// <param name="option">The option.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    public static Option<T> From<T>(this Option<T> option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        Bound(option, min, max);
        return option;
    }

    /// <inheritdoc cref="From{T}(Option{T}, T, T)"/>
    public static Option<T?> From<T>(this Option<T?> option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        Bound(option, min, max);
        return option;
    }

    /// <summary>Refuses numbers in place of an enumeration's names.</summary>
    /// <param name="option">The option.</param>
    /// <typeparam name="TEnum">The enumeration.</typeparam>
    /// <typeparam name="T">What the option holds of it.</typeparam>
    public static Option<T> ByName<TEnum, T>(this Option<T> option)
        where TEnum : struct, Enum
    {
        option.Validators.Add(result =>
        {
            // Other words have their own message.
            foreach (string text in result.Tokens.Select(token => token.Value).Where(text => long.TryParse(text, out _)))
            {
                result.AddError($"{option.Name} is {text}, expected {string.Join(" or ", Enum.GetNames<TEnum>())}.");
            }
        });
        return option;
    }

    private static void Bound<T>(Option option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T> =>
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
}
