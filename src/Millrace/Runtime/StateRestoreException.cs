namespace Millrace.Runtime;

/// <summary>The job cannot start from the checkpoint or savepoint it was told to; trying again would not help.</summary>
public sealed class StateRestoreException : Exception
{
    /// <summary>Creates the exception.</summary>
    public StateRestoreException() { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    public StateRestoreException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="message">Names subject, actual, expected and remedy.</param>
    /// <param name="innerException">The cause.</param>
    public StateRestoreException(string message, Exception innerException)
        : base(message, innerException) { }
}
