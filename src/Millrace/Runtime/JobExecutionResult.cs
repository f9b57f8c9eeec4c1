namespace Millrace.Runtime;

/// <summary>What came of a job that ran to its end.</summary>
/// <param name="JobName">Name of the job.</param>
/// <param name="Duration">From start to end.</param>
/// <param name="Restarts">How often it was restarted after a failure.</param>
/// <param name="Metrics">Its counters at the end.</param>
public sealed record JobExecutionResult(string JobName, TimeSpan Duration, int Restarts, JobMetrics Metrics);
