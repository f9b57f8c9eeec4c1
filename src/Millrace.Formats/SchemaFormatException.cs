namespace Millrace.Formats;

/// <summary>
/// A value or schema that a format cannot work with. The message names the subject, what it is, what was expected and the remedy.
/// </summary>
public sealed class SchemaFormatException : Exception
{
    /// <summary>Creates an exception.</summary>
    public SchemaFormatException() { }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">Subject, actual, expected, remedy.</param>
    public SchemaFormatException(string message)
        : base(message) { }

    /// <summary>Creates an exception.</summary>
    /// <param name="message">Subject, actual, expected, remedy.</param>
    /// <param name="innerException">The cause.</param>
    public SchemaFormatException(string message, Exception? innerException)
        : base(message, innerException) { }
}
