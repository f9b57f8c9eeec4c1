namespace Millrace.Connectors;

/// <summary>
/// A service that a job needs beside its source and sink, such as a schema registry, does not answer or refuses the job. It says nothing
/// about the record at hand, so no error policy applies: nothing is skipped and nothing becomes a dead letter. Kafka's sources and sinks
/// try again while it <see cref="IsTransient"/>, with growing pauses and a bound; then the run fails with it, and the job, where it is not.
/// </summary>
public class ExternalServiceException : Exception, ISuppressRestarts
{
    /// <summary>Creates an exception.</summary>
    public ExternalServiceException() { }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">Names the service, what it answered, what was expected and the remedy.</param>
    public ExternalServiceException(string message)
        : base(message) { }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">Names the service, what it answered, what was expected and the remedy.</param>
    /// <param name="innerException">The cause.</param>
    public ExternalServiceException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <summary>
    /// Whether the same request may succeed later (an outage, an overload) or not before somebody changes something (a wrong password).
    /// Default: it may.
    /// </summary>
    public bool IsTransient { get; init; } = true;

    /// <inheritdoc/>
    public bool SuppressesRestarts => !IsTransient;
}
