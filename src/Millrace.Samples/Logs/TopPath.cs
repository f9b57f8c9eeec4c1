namespace Millrace.Samples.Logs;

/// <summary>A path among the most asked for.</summary>
/// <param name="Path">The path.</param>
/// <param name="Requests">Number of requests.</param>
public sealed record TopPath(string Path, long Requests);
