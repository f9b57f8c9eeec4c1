namespace Millrace.Runtime;

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
