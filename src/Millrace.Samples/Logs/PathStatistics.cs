namespace Millrace.Samples.Logs;

/// <summary>The requests for one path in one window.</summary>
/// <param name="Path">The path.</param>
/// <param name="WindowStart">First millisecond of the window.</param>
/// <param name="WindowEnd">The millisecond after its last one.</param>
/// <param name="Requests">What was counted.</param>
public sealed record PathStatistics(string Path, long WindowStart, long WindowEnd, RequestStatistics Requests);
