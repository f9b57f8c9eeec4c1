namespace Millrace.Serialization;

/// <summary>State was written with a type that the present code cannot read.</summary>
public sealed class StateMigrationException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StateMigrationException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    public StateMigrationException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public StateMigrationException(string message, Exception innerException)
        : base(message, innerException) { }
}

/// <summary>A value or type cannot be kept in state so that it comes back as it is. Another attempt would meet it again.</summary>
internal sealed class UnsupportedStateException(string message, Exception? innerException = null)
    : NotSupportedException(message, innerException);
