namespace Millrace.Embedded.Commands;

/// <summary>What a run measured.</summary>
/// <param name="Results">Latencies of the results.</param>
/// <param name="Hiccups">How late a thread was meanwhile that only waited.</param>
internal sealed record NexmarkLatencies(LatencyHistogram Results, LatencyHistogram Hiccups);
