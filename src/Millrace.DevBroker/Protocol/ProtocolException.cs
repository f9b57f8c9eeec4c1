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
    public static void ThrowTruncated(int wanted, int remaining) =>
        throw new ProtocolException($"The message ends early: {wanted} more bytes were announced, {remaining} are left.");

    [DoesNotReturn]
    public static void ThrowNegativeLength(string what, int length) =>
        throw new ProtocolException($"The {what} has length {length}; the least allowed is 0.");

    [DoesNotReturn]
    public static void ThrowNull(string what) => throw new ProtocolException($"The {what} is null, which this field does not allow.");

    [DoesNotReturn]
    public static void ThrowVarint() => throw new ProtocolException("A variable-length integer is longer than 5 bytes.");

    [DoesNotReturn]
    public static void ThrowTooManyElements(long count, int limit) =>
        throw new ProtocolException($"The message announces {count} array elements; the limit is {limit}.");
}
