using System.Diagnostics.CodeAnalysis;

namespace Millrace.DevBroker.Protocol;

/// <summary>
/// The peer sent bytes that the protocol does not allow. The connection that carried them is closed; nothing else is touched.
/// </summary>
internal sealed class ProtocolException : Exception
{
    public ProtocolException() { }

    public ProtocolException(string message)
        : base(message) { }

    public ProtocolException(string message, Exception innerException)
        : base(message, innerException) { }

    [DoesNotReturn]
    public static void ThrowNull(string what) => throw new ProtocolException($"The {what} is null, which this field does not allow.");
}
