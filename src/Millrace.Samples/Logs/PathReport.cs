namespace Millrace.Samples.Logs;

/// <summary>Requests for one path in one window, as reported. Sizes' quantiles as in <see cref="QuantileSketch"/>.</summary>
/// <param name="Path">The path.</param>
/// <param name="WindowStart">Start of the window.</param>
/// <param name="WindowEnd">End of the window, exclusive.</param>
/// <param name="Requests">Number of requests.</param>
/// <param name="Bytes">Sum of the response sizes.</param>
/// <param name="Errors">Requests that ended in an error.</param>
/// <param name="ErrorRate">Their share.</param>
/// <param name="P50">Median response size.</param>
/// <param name="P95">Response size that 95 % do not exceed.</param>
/// <param name="P99">Response size that 99 % do not exceed.</param>
public sealed record PathReport(
    string Path,
    DateTimeOffset WindowStart,
    DateTimeOffset WindowEnd,
    long Requests,
    long Bytes,
    long Errors,
    double ErrorRate,
    long P50,
    long P95,
    long P99
)
{
    internal static PathReport Of(PathStatistics path) =>
        new(
            path.Path,
            DateTimeOffset.FromUnixTimeMilliseconds(path.WindowStart),
            DateTimeOffset.FromUnixTimeMilliseconds(path.WindowEnd),
            path.Requests.Requests,
            path.Requests.Bytes,
            path.Requests.Errors,
            path.Requests.ErrorRate,
            path.Requests.Sizes.Quantile(0.50),
            path.Requests.Sizes.Quantile(0.95),
            path.Requests.Sizes.Quantile(0.99)
        );
}
