using System.Globalization;

namespace Millrace.Embedded.Views;

/// <summary>Figures as people read them.</summary>
internal static class Format
{
    public static string Count(double number) =>
        number switch
        {
            >= 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1_000_000:0.0}M"),
            >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{number / 1_000:0.0}k"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{number:0}"),
        };

    public static string Megabytes(double megabytes) => string.Create(CultureInfo.InvariantCulture, $"{megabytes:0.00}");

    public static string Bytes(long bytes) =>
        bytes switch
        {
            >= 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
            >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e3:0.0} kB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} B"),
        };

    public static string Span(TimeSpan? span) =>
        span switch
        {
            null => "-",
            { TotalDays: >= 2 } days => string.Create(CultureInfo.InvariantCulture, $"{days.TotalDays:0} d"),
            { TotalMinutes: >= 2 } minutes => string.Create(CultureInfo.InvariantCulture, $"{minutes.TotalMinutes:0} min"),
            { TotalSeconds: >= 1 } seconds => string.Create(CultureInfo.InvariantCulture, $"{seconds.TotalSeconds:0.0} s"),
            { } milliseconds => string.Create(CultureInfo.InvariantCulture, $"{milliseconds.TotalMilliseconds:0} ms"),
        };

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";

    // The only 13-digit numbers in results are times in milliseconds.
    private static string Value(ReadOnlySpan<char> number) =>
        number.Length == 13 && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long milliseconds)
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds).UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)
            : number.ToString();

    /// <summary>JSON without its punctuation: <c>{"path":"/","requests":3}</c> becomes <c>path=/ requests=3</c>.</summary>
    public static string Json(string json)
    {
        System.Text.StringBuilder text = new(json.Length);
        bool quoted = false;
        int depth = 0;
        for (int i = 0; i < json.Length; i++)
        {
            char c = json[i];
            if (c == '\\' && i + 1 < json.Length)
            {
                text.Append(json[++i]);
            }
            else if (c == '"')
            {
                quoted = !quoted;
            }
            else if (quoted)
            {
                text.Append(c);
            }
            else if (c is '{' or '[')
            {
                text.Append(depth++ == 0 ? "" : "(");
            }
            else if (c is '}' or ']')
            {
                text.Append(--depth == 0 ? "" : ")");
            }
            else if (c == ':')
            {
                text.Append('=');
            }
            else if (c == ',')
            {
                text.Append(' ');
            }
            else
            {
                int end = i + 1;
                while (end < json.Length && json[end] is not (',' or '}' or ']'))
                {
                    end++;
                }

                text.Append(Value(json.AsSpan(i, end - i)));
                i = end - 1;
            }
        }

        return text.ToString();
    }
}
