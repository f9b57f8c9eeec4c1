using System.Text.RegularExpressions;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>What queries 14, 21 and 22 make of a bid's texts.</summary>
internal static partial class BidTexts
{
    /// <summary>The parts of a URL before its first directory: scheme, nothing, host.</summary>
    private const int PartsBeforeDirectories = 3;

    public static string TimeOfDay(long time) =>
        NexmarkCalendar.HourOf(time) switch
        {
            >= 8 and <= 18 => "dayTime",
            <= 6 or >= 20 => "nightTime",
            _ => "otherTime",
        };

    /// <summary>The number of a channel: that of a known one, or what the URL says; <see langword="null"/> = neither.</summary>
    public static string? ChannelId(string channel, string url) =>
        channel.Equals("apple", StringComparison.OrdinalIgnoreCase) ? "0"
        : channel.Equals("google", StringComparison.OrdinalIgnoreCase) ? "1"
        : channel.Equals("facebook", StringComparison.OrdinalIgnoreCase) ? "2"
        : channel.Equals("baidu", StringComparison.OrdinalIgnoreCase) ? "3"
        : ChannelIdIn(url);

    /// <summary>A directory of a URL, from 1; <see langword="null"/> = it has fewer.</summary>
    public static string? Directory(ReadOnlySpan<char> url, int number)
    {
        for (int skip = PartsBeforeDirectories + number - 1; skip > 0; skip--)
        {
            int slash = url.IndexOf('/');
            if (slash < 0)
            {
                return null;
            }

            url = url[(slash + 1)..];
        }

        int end = url.IndexOf('/');
        return (end < 0 ? url : url[..end]).ToString();
    }

    private static string? ChannelIdIn(string url)
    {
        foreach (ValueMatch match in ChannelIdPattern.EnumerateMatches(url))
        {
            ReadOnlySpan<char> text = url.AsSpan(match.Index, match.Length);
            return text[(text.IndexOf('=') + 1)..].ToString();
        }

        return null;
    }

    [GeneratedRegex(
        "(?:&|^)channel_id=[^&]*",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1_000
    )]
    private static partial Regex ChannelIdPattern { get; }
}
