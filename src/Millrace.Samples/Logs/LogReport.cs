namespace Millrace.Samples.Logs;

/// <summary>All requests in one window.</summary>
/// <param name="WindowStart">Start of the window.</param>
/// <param name="WindowEnd">End of the window, exclusive.</param>
/// <param name="Requests">Number of requests.</param>
/// <param name="Bytes">Sum of the response sizes.</param>
/// <param name="Errors">Requests that ended in an error.</param>
/// <param name="ErrorRate">Their share.</param>
/// <param name="P50">Median response size, within <see cref="QuantileSketch.RelativeError"/>.</param>
/// <param name="P95">Response size that 95 % do not exceed.</param>
/// <param name="P99">Response size that 99 % do not exceed.</param>
/// <param name="Paths">Number of different paths.</param>
/// <param name="TopPaths">The paths most asked for, the first most; equal ones by name.</param>
public sealed record LogReport(
    DateTimeOffset WindowStart,
    DateTimeOffset WindowEnd,
    long Requests,
    long Bytes,
    long Errors,
    double ErrorRate,
    long P50,
    long P95,
    long P99,
    int Paths,
    IReadOnlyList<TopPath> TopPaths
);
