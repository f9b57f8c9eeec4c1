namespace Millrace.Patterns;

/// <summary>A pattern makes no sense as declared. The message lists everything that is wrong with it.</summary>
public sealed class MalformedPatternException : Exception
{
    /// <summary>Creates the exception.</summary>
    public MalformedPatternException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">All errors, each with subject, actual, expected and remedy.</param>
    public MalformedPatternException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">All errors, each with subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public MalformedPatternException(string message, Exception innerException)
        : base(message, innerException) { }
}
