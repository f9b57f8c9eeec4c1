using System.Buffers;
using System.Globalization;
using System.Text;

namespace Millrace.Checkpoints;

/// <summary>
/// The names that every <see cref="IObjectStore"/> takes: 1 to 900 characters; segments of <c>[A-Za-z0-9._-]</c> separated by <c>/</c>; a
/// segment is not empty and neither begins nor ends with a dot. So a name is a valid path in a directory, cannot leave that directory, and
/// is a valid blob name.
/// </summary>
public static class ObjectNames
{
    private const int MaxLength = 900;

    private static readonly SearchValues<char> Allowed = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-/"
    );

    /// <summary>Refuses what is no name of an object.</summary>
    /// <param name="name">The name.</param>
    /// <exception cref="ArgumentException">It is not a valid name.</exception>
    public static void ThrowIfInvalid(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > MaxLength || !AreSegmentsValid(name))
        {
            throw new ArgumentException(
                $"'{name}' is no name of an object; use 1 to {MaxLength} characters, segments of [A-Za-z0-9._-] separated by '/', none "
                    + "empty or with a dot at its begin or end.",
                nameof(name)
            );
        }
    }

    /// <summary>Refuses what cannot be the beginning of an object's name.</summary>
    /// <param name="prefix">The beginning of a name; may be empty.</param>
    /// <exception cref="ArgumentException">No valid name begins so.</exception>
    public static void ThrowIfInvalidPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        int folder = prefix.LastIndexOf('/');
        string segment = prefix[(folder + 1)..];
        if (
            prefix.Length > MaxLength
            || segment.StartsWith('.')
            || segment.AsSpan().ContainsAnyExcept(Allowed)
            || (folder >= 0 && !AreSegmentsValid(prefix.AsSpan(0, folder)))
        )
        {
            throw new ArgumentException(
                $"No object's name begins with '{prefix}'; use segments of [A-Za-z0-9._-] separated by '/'.",
                nameof(prefix)
            );
        }
    }

    /// <summary>A segment for any text: characters that a name cannot have become <c>_xxxx</c>, their code in hexadecimal.</summary>
    /// <param name="text">The text, not empty.</param>
    public static string Escape(string text)
    {
        ArgumentException.ThrowIfNullOrEmpty(text);
        StringBuilder segment = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool plain = char.IsAsciiLetterOrDigit(c) || c == '-' || (c == '.' && i > 0 && i < text.Length - 1);
            if (plain)
            {
                segment.Append(c);
            }
            else
            {
                segment.Append('_').Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            }
        }

        return segment.ToString();
    }

    private static bool AreSegmentsValid(ReadOnlySpan<char> name)
    {
        if (name.ContainsAnyExcept(Allowed))
        {
            return false;
        }

        foreach (Range range in name.Split('/'))
        {
            ReadOnlySpan<char> segment = name[range];
            if (segment.IsEmpty || segment[0] == '.' || segment[^1] == '.')
            {
                return false;
            }
        }

        return true;
    }
}
