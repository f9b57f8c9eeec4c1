using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Millrace.Embedded.Cli;

/// <summary>Numbers with bounds, and words of a list. The library's own messages name types of .NET.</summary>
internal static class OptionRanges
{
    /// <summary>Reads a number; refuses others, and numbers out of bounds.</summary>
    /// <param name="option">The option.</param>
    /// <param name="min">Least.</param>
    /// <param name="max">Most.</param>
    public static Option<T> From<T>(this Option<T> option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        option.CustomParser = result => Number(result, option.Name, min, max) ?? default;
        return option;
    }

    /// <inheritdoc cref="From{T}(Option{T}, T, T)"/>
    public static Option<T?> From<T>(this Option<T?> option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        option.CustomParser = result => Number(result, option.Name, min, max);
        return option;
    }

    /// <summary>Reads a word of an enumeration; refuses others, and numbers.</summary>
    /// <param name="option">The option.</param>
    public static Option<T> ByName<T>(this Option<T> option)
        where T : struct, Enum
    {
        option.CustomParser = result => Word<T>(result, option.Name, result.Tokens[0].Value) ?? default;
        return option;
    }

    /// <inheritdoc cref="ByName{T}(Option{T})"/>
    public static Option<T?> ByName<T>(this Option<T?> option)
        where T : struct, Enum
    {
        option.CustomParser = result => Word<T>(result, option.Name, result.Tokens[0].Value);
        return option;
    }

    /// <inheritdoc cref="ByName{T}(Option{T})"/>
    public static Option<T[]> ByName<T>(this Option<T[]> option)
        where T : struct, Enum
    {
        option.CustomParser = result =>
            [.. result.Tokens.Select(token => Word<T>(result, option.Name, token.Value)).OfType<T>().Distinct()];
        return option;
    }

    private static T? Number<T>(ArgumentResult result, string option, T min, T max)
        where T : struct, IComparable<T>, ISpanParsable<T>
    {
        string text = result.Tokens[0].Value;
        if (T.TryParse(text, CultureInfo.InvariantCulture, out T value) && value.CompareTo(min) >= 0 && value.CompareTo(max) <= 0)
        {
            return value;
        }

        result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option} is {text}, expected {min} to {max}."));
        return null;
    }

    private static T? Word<T>(ArgumentResult result, string option, string text)
        where T : struct, Enum
    {
        string? name = Enum.GetNames<T>().FirstOrDefault(name => string.Equals(name, text, StringComparison.OrdinalIgnoreCase));
        if (name is not null)
        {
            return Enum.Parse<T>(name);
        }

        result.AddError($"{option} is {text}, expected {string.Join(" or ", Enum.GetNames<T>())}.");
        return null;
    }
}
