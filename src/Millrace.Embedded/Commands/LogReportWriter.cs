using System.Globalization;
using System.Text;
using Millrace.Embedded.Hosting;
using Millrace.Embedded.Views;
using Millrace.Samples.Logs;

namespace Millrace.Embedded.Commands;

/// <summary>Writes the results of the log job for people: plain text, the same on a terminal and in a file.</summary>
internal static class LogReportWriter
{
    private const int ShownWindows = 20;
    private const int ShownPaths = 20;
    private const int ShownLetters = 10;
    private const int PathWidth = 60;
    private const int LetterWidth = 60;
    private static readonly CompositeFormat WindowColumns = CompositeFormat.Parse(
        "  {0,-19} {1,9} {2,10} {3,7} {4,7} {5,9} {6,9} {7,9}  {8}"
    );

    public static async Task WriteAsync(LogResults results, long linesAhead, bool all, TextWriter output)
    {
        await output.WriteLineAsync();
        await WriteWindowsAsync(results, all, output);
        await WritePathsAsync(results, output);
        await WriteAlertsAsync(results, all, output);
        if (results.LateLines > 0)
        {
            await output.WriteLineAsync(
                $"Late lines: {results.LateLines} came after their window had closed; a larger --out-of-orderness waits longer."
            );
        }

        if (linesAhead > 0)
        {
            await output.WriteLineAsync(
                $"Lines ahead: {linesAhead} are more than a day later than the lines before them or than the clock; they are in windows of "
                    + "their own and made no other line late."
            );
        }

        await WriteDeadLettersAsync(results, output);
        await output.WriteLineAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Total: {results.Totals.Sum(t => t.Requests)} requests, {results.Totals.Sum(t => t.Bytes)} bytes, "
                    + $"{results.Totals.Sum(t => t.Errors)} errors, {results.Totals.Count} windows, "
                    + $"{results.Alerts.Count} alerts, {results.LateLines} late, {results.DeadLetters.Count} malformed"
            )
        );
    }

    private static async Task WriteWindowsAsync(LogResults results, bool all, TextWriter output)
    {
        IReadOnlyList<LogReport> shown = all ? results.Totals : [.. results.Totals.TakeLast(ShownWindows)];
        string which =
            shown.Count < results.Totals.Count
                ? $"the last {shown.Count} of {results.Totals.Count}; --all shows every one"
                : $"{shown.Count}";
        await output.WriteLineAsync(
            $"Windows ({which}); response sizes within {QuantileSketch.RelativeError.ToString("P1", CultureInfo.InvariantCulture)}"
        );
        await output.WriteLineAsync(
            string.Format(
                CultureInfo.InvariantCulture,
                WindowColumns,
                "start",
                "requests",
                "bytes",
                "errors",
                "rate",
                "p50",
                "p95",
                "p99",
                "most asked"
            )
        );
        foreach (LogReport t in shown)
        {
            await output.WriteLineAsync(
                string.Format(
                    CultureInfo.InvariantCulture,
                    WindowColumns,
                    Format.Time(t.WindowStart),
                    t.Requests,
                    Format.Bytes(t.Bytes),
                    t.Errors,
                    t.ErrorRate.ToString("P1", CultureInfo.InvariantCulture),
                    t.P50,
                    t.P95,
                    t.P99,
                    Top(t)
                )
            );
        }
    }

    private static string Top(LogReport report) =>
        report.TopPaths is [TopPath top, ..] ? $"{Printable(top.Path, PathWidth)} ({top.Requests})" : "";

    private static async Task WritePathsAsync(LogResults results, TextWriter output)
    {
        (string Path, long Requests, long Bytes, long Errors)[] paths = results
            .Paths.GroupBy(path => path.Path, StringComparer.Ordinal)
            .Select(group =>
                (
                    Path: group.Key,
                    Requests: group.Sum(path => path.Requests),
                    Bytes: group.Sum(path => path.Bytes),
                    Errors: group.Sum(path => path.Errors)
                )
            )
            .OrderByDescending(path => path.Requests)
            .ThenBy(path => path.Path, StringComparer.Ordinal)
            .ToArray();
        await output.WriteLineAsync($"Paths ({Math.Min(ShownPaths, paths.Length)} most asked of {paths.Length})");
        foreach ((string Path, long Requests, long Bytes, long Errors) path in paths.Take(ShownPaths))
        {
            await output.WriteLineAsync(
                string.Format(
                    CultureInfo.InvariantCulture,
                    "  {0,9} {1,10} {2,7} errors  {3}",
                    path.Requests,
                    Format.Bytes(path.Bytes),
                    path.Errors,
                    Printable(path.Path, PathWidth)
                )
            );
        }
    }

    private static async Task WriteAlertsAsync(LogResults results, bool all, TextWriter output)
    {
        await output.WriteLineAsync($"Alerts: {results.Alerts.Count}");
        foreach (LogAlert alert in all ? results.Alerts : results.Alerts.TakeLast(ShownWindows))
        {
            await output.WriteLineAsync($"  {Format.Time(alert.WindowStart)} {alert.Message}");
        }
    }

    private static async Task WriteDeadLettersAsync(LogResults results, TextWriter output)
    {
        await output.WriteLineAsync($"Malformed lines: {results.DeadLetters.Count}");
        foreach (DeadLetter letter in results.DeadLetters.Take(ShownLetters))
        {
            string text = Printable(Encoding.UTF8.GetString(letter.Value ?? []), LetterWidth);
            await output.WriteLineAsync($"  {letter.Origin} {letter.Reason} \"{text}\"");
        }
    }

    // A log may hold anything, also what a terminal would obey.
    private static string Printable(string text, int width)
    {
        string clean = string.Create(
            Math.Min(text.Length, width),
            text,
            static (span, source) =>
            {
                for (int i = 0; i < span.Length; i++)
                {
                    span[i] = char.IsControl(source[i]) ? '.' : source[i];
                }
            }
        );
        return text.Length > width ? clean + "..." : clean;
    }
}
