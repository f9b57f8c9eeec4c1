namespace Millrace.Runtime;

/// <summary>What came of a job that ran to its end.</summary>
/// <param name="JobName">Name of the job.</param>
/// <param name="Duration">From start to end.</param>
/// <param name="Restarts">How often it was restarted after a failure.</param>
/// <param name="Metrics">Its counters at the end.</param>
public sealed record JobExecutionResult(string JobName, TimeSpan Duration, int Restarts, JobMetrics Metrics);

/// <summary>A job failed for good. The inner exception is the failure of the task.</summary>
public sealed class JobExecutionException : Exception
{
    /// <summary>Creates the exception.</summary>
    public JobExecutionException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    public JobExecutionException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">The message.</param>
    /// <param name="innerException">The failure of the task.</param>
    public JobExecutionException(string message, Exception innerException)
        : base(message, innerException) { }
}
