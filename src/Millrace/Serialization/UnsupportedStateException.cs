namespace Millrace.Serialization;

/// <summary>A value in state cannot be written so that it comes back as it is. Another attempt would meet it again.</summary>
internal sealed class UnsupportedStateException(string message) : NotSupportedException(message);
