namespace Millrace.Serialization;

/// <summary>A value or type cannot be kept in state so that it comes back as it is. Another attempt would meet it again.</summary>
internal sealed class UnsupportedStateException(string message, Exception? innerException = null)
    : NotSupportedException(message, innerException);
