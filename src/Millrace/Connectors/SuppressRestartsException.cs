namespace Millrace.Connectors;

/// <summary>
/// A failure that another attempt would meet again (Flink's <c>SuppressRestartsException</c>): the job ends with it, whatever its restart
/// strategy says; on a trigger-driven host it is suspended and its status says why. Connectors and user functions throw it, or an exception
/// of their own that is <see cref="ISuppressRestarts"/>; it counts as an inner exception too.
/// </summary>
public class SuppressRestartsException : Exception, ISuppressRestarts
{
    /// <summary>Creates the exception.</summary>
    public SuppressRestartsException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    public SuppressRestartsException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public SuppressRestartsException(string message, Exception? innerException)
        : base(message, innerException) { }

    /// <inheritdoc/>
    public bool SuppressesRestarts => true;
}
