namespace Millrace.Testing.Conformance;

/// <summary>An implementation does not keep its contract.</summary>
public sealed class ConformanceException : Exception
{
    /// <summary>Creates the exception.</summary>
    public ConformanceException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Says what was expected and what was seen.</param>
    public ConformanceException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Says what was expected and what was seen.</param>
    /// <param name="innerException">What was thrown instead.</param>
    public ConformanceException(string message, Exception innerException)
        : base(message, innerException) { }
}
