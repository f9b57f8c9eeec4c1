using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace Millrace.Durable.Tasks;

/// <summary>Names of generated functions: at most 127 letters, digits and hyphens, and no two alike, whatever their case.</summary>
internal static class FunctionNames
{
    private const int MaxLength = 127;

    /// <summary>Names for items. One whose readable name is too long, or is another's too, gets a mark of its identity.</summary>
    /// <param name="items">The items.</param>
    /// <param name="readable">What an item is to be called.</param>
    /// <param name="identity">What tells an item from all others.</param>
    /// <returns>A name for each item, in their order.</returns>
    public static string[] Assign<T>(IReadOnlyCollection<T> items, Func<T, string> readable, Func<T, string> identity)
    {
        ILookup<string, string> taken = items.ToLookup(item => Letters(readable(item)), identity, StringComparer.OrdinalIgnoreCase);
        return [.. items.Select(item => NameOf(Letters(readable(item)), identity(item), taken))];
    }

    /// <summary>A text with a hyphen for all that a name cannot have.</summary>
    public static string Letters(string text) => string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    private static string NameOf(string plain, string identity, ILookup<string, string> taken)
    {
        if (plain.Length <= MaxLength && taken[plain].Count() == 1)
        {
            return plain;
        }

        string mark = XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(identity)).ToString("x16", CultureInfo.InvariantCulture);
        return $"{plain[..Math.Min(plain.Length, MaxLength - mark.Length - 1)]}-{mark}";
    }
}
