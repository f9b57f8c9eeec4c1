using System.Buffers.Text;

namespace Millrace.Samples.Logs;

/// <summary>
/// Parses lines of the Common and the Combined Log Format (<see href="https://httpd.apache.org/docs/current/logs.html#accesslog"/>)
/// straight from their bytes:
/// <c>host identity user [time] "request" status size ["referer" "user agent"]</c>. Not thread-safe: it keeps the strings it has seen.
/// </summary>
public sealed class AccessLogParser
{
    private const int TimeLength = 26;

    // A window may be a year long, and both of its ends must be dates.
    private static readonly long Earliest = new DateTimeOffset(2, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
    private static readonly long End = new DateTimeOffset(9999, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly StringPool _hosts = new(1 << 12);
    private readonly StringPool _paths = new();
    private readonly StringPool _methods = new(64);
    private int _lastDate;
    private long _lastDateMs;

    /// <summary>Parses a line, without its line end.</summary>
    /// <param name="line">The line's bytes, UTF-8.</param>
    /// <param name="entry">The result.</param>
    /// <returns><see cref="AccessLogError.None"/>, or what is wrong with the line.</returns>
    public AccessLogError Parse(ReadOnlySpan<byte> line, out AccessLogEntry entry)
    {
        entry = default;
        if (line is [.., (byte)'\r'])
        {
            line = line[..^1];
        }

        if (line.IsEmpty)
        {
            return AccessLogError.Empty;
        }

        int hostEnd = line.IndexOf((byte)' ');
        int open = line.IndexOf(" ["u8);
        if (hostEnd <= 0 || open < 0 || open <= hostEnd)
        {
            return open < 0 && hostEnd > 0 ? AccessLogError.NoTime : AccessLogError.NoClient;
        }

        ReadOnlySpan<byte> host = line[..hostEnd];
        if (line[(hostEnd + 1)..open].IndexOf((byte)' ') <= 0)
        {
            return AccessLogError.NoClient;
        }

        ReadOnlySpan<byte> rest = line[(open + 2)..];
        if (rest.Length <= TimeLength || rest[TimeLength] != (byte)']')
        {
            return AccessLogError.NoTime;
        }

        AccessLogError timeError = ParseTime(rest[..TimeLength], out long time);
        if (timeError != AccessLogError.None)
        {
            return timeError;
        }

        rest = rest[(TimeLength + 1)..];
        if (!TryQuoted(ref rest, out ReadOnlySpan<byte> request))
        {
            return AccessLogError.NoRequest;
        }

        if (!TryStatus(ref rest, out int status))
        {
            return AccessLogError.BadStatus;
        }

        if (!TrySize(ref rest, out long bytes))
        {
            return AccessLogError.BadSize;
        }

        if (!rest.IsEmpty && !(TryQuoted(ref rest, out _) && TryQuoted(ref rest, out _)))
        {
            return AccessLogError.BadTail;
        }

        (string method, string path) = SplitRequest(request);
        entry = new AccessLogEntry(time, _hosts.Get(host), method, path, status, bytes);
        return AccessLogError.None;
    }

    // Broken clients send what is no HTTP; the server logs it as it came. Such a line is well-formed and counts as a request.
    private (string Method, string Path) SplitRequest(ReadOnlySpan<byte> request)
    {
        int methodEnd = request.IndexOf((byte)' ');
        if (methodEnd <= 0)
        {
            return ("-", _paths.Get(request));
        }

        ReadOnlySpan<byte> target = request[(methodEnd + 1)..];
        int targetEnd = target.LastIndexOf((byte)' ');
        if (targetEnd >= 0)
        {
            target = target[..targetEnd];
        }

        int query = target.IndexOf((byte)'?');
        if (query >= 0)
        {
            target = target[..query];
        }

        return (_methods.Get(request[..methodEnd]), _paths.Get(target));
    }

    private AccessLogError ParseTime(ReadOnlySpan<byte> text, out long milliseconds)
    {
        milliseconds = 0;
        if (
            text[2] != '/'
            || text[6] != '/'
            || text[11] != ':'
            || text[14] != ':'
            || text[17] != ':'
            || text[20] != ' '
            || text[21] is not ((byte)'+' or (byte)'-')
        )
        {
            return AccessLogError.NoTime;
        }

        int day = Digits(text[..2]);
        int month = Month(text.Slice(3, 3));
        int year = Digits(text.Slice(7, 4));
        int hour = Digits(text.Slice(12, 2));
        int minute = Digits(text.Slice(15, 2));
        int second = Digits(text.Slice(18, 2));
        int offsetHours = Digits(text.Slice(22, 2));
        int offsetMinutes = Digits(text.Slice(24, 2));
        if ((day | month | year | hour | minute | second | offsetHours | offsetMinutes) < 0)
        {
            return AccessLogError.BadTime;
        }

        // Whatever two digits say gets a number of its own: 99 needs 7 bits, a month 4.
        int date = (year << 11) | (month << 7) | day;
        if (date != _lastDate)
        {
            if (year == 0 || day == 0 || day > DateTime.DaysInMonth(year, month))
            {
                return AccessLogError.BadTime;
            }

            _lastDateMs = new DateTimeOffset(year, month, day, 0, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();
            _lastDate = date;
        }

        // 60 is a leap second.
        if (hour > 23 || minute > 59 || second > 60 || offsetHours > 23 || offsetMinutes > 59)
        {
            return AccessLogError.BadTime;
        }

        int offset = (offsetHours * 60) + offsetMinutes;
        long minutes = (hour * 60) + minute - (text[21] == '-' ? -offset : offset);
        milliseconds = _lastDateMs + (minutes * 60_000) + (second * 1_000);
        return milliseconds >= Earliest && milliseconds < End ? AccessLogError.None : AccessLogError.TimeOutOfRange;
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        int number = 0;
        foreach (byte b in text)
        {
            uint digit = (uint)(b - '0');
            if (digit > 9)
            {
                return -1;
            }

            number = (number * 10) + (int)digit;
        }

        return number;
    }

    private static int Month(ReadOnlySpan<byte> name) =>
        ((name[0] | 0x20) << 16 | (name[1] | 0x20) << 8 | (name[2] | 0x20)) switch
        {
            0x6A616E => 1,
            0x666562 => 2,
            0x6D6172 => 3,
            0x617072 => 4,
            0x6D6179 => 5,
            0x6A756E => 6,
            0x6A756C => 7,
            0x617567 => 8,
            0x736570 => 9,
            0x6F6374 => 10,
            0x6E6F76 => 11,
            0x646563 => 12,
            _ => -1,
        };

    /// <summary>Takes a space and a text in quotes, in which a backslash protects the next character.</summary>
    private static bool TryQuoted(ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (rest is not [(byte)' ', (byte)'"', ..])
        {
            return false;
        }

        int from = 2;
        while (true)
        {
            int found = rest[from..].IndexOfAny((byte)'"', (byte)'\\');
            if (found < 0)
            {
                return false;
            }

            from += found;
            if (rest[from] == '"')
            {
                break;
            }

            if ((from += 2) > rest.Length)
            {
                return false;
            }
        }

        text = rest[2..from];
        rest = rest[(from + 1)..];
        return true;
    }

    private static bool TryStatus(ref ReadOnlySpan<byte> rest, out int status)
    {
        status = 0;
        if (rest is not [(byte)' ', _, _, _, (byte)' ', ..])
        {
            return false;
        }

        status = Digits(rest.Slice(1, 3));
        rest = rest[4..];
        return status >= 100;
    }

    private static bool TrySize(ref ReadOnlySpan<byte> rest, out long bytes)
    {
        bytes = 0;
        if (rest.Length < 2)
        {
            return false;
        }

        int used = 1;
        ReadOnlySpan<byte> number = rest[1..];
        if (number[0] != '-' && (!Utf8Parser.TryParse(number, out bytes, out used) || bytes < 0))
        {
            return false;
        }

        rest = number[used..];
        return rest.IsEmpty || rest[0] == ' ';
    }
}
