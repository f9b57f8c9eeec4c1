using System.Globalization;

namespace Millrace.Samples.Logs;

/// <summary>A window in which too many requests ended in errors.</summary>
/// <param name="WindowStart">Start of the window.</param>
/// <param name="WindowEnd">End of the window, exclusive.</param>
/// <param name="Requests">Number of requests.</param>
/// <param name="Errors">Requests that ended in an error.</param>
/// <param name="ErrorRate">Their share.</param>
/// <param name="Limit">The share that is still tolerated.</param>
/// <param name="Message">The same in words.</param>
public sealed record LogAlert(
    DateTimeOffset WindowStart,
    DateTimeOffset WindowEnd,
    long Requests,
    long Errors,
    double ErrorRate,
    double Limit,
    string Message
)
{
    internal static LogAlert Of(LogReport report, double limit) =>
        new(
            report.WindowStart,
            report.WindowEnd,
            report.Requests,
            report.Errors,
            report.ErrorRate,
            limit,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{report.Errors} of {report.Requests} requests failed ({report.ErrorRate:P1}, limit {limit:P1})"
            )
        );
}
