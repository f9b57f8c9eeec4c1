using System.Buffers;
using System.Buffers.Binary;
using Millrace.DevBroker.Protocol;

namespace Millrace.DevBroker.Network;

/// <summary>Cuts a stream of bytes into requests: four bytes of length, then so many bytes.</summary>
internal static class FrameReader
{
    private const int LengthBytes = 4;

    /// <summary>The smallest request: key, version, correlation id and a null client id.</summary>
    private const int MinBytes = 10;

    /// <summary>
    /// Copies the next request into a rented array once it is there in full, so that memory is only ever taken for bytes that have come.
    /// False if more has to come. The caller returns the array to the shared pool.
    /// </summary>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, int maxBytes, out byte[] rented, out int length)
    {
        rented = [];
        length = 0;
        if (buffer.Length < LengthBytes)
        {
            return false;
        }

        length = ReadLength(buffer);
        if (length < MinBytes || length > maxBytes)
        {
            throw new ProtocolException(
                $"A request announces {length} bytes; allowed are {MinBytes} to {maxBytes}. Is the client speaking Kafka's protocol "
                    + "without TLS?"
            );
        }

        if (buffer.Length - LengthBytes < length)
        {
            return false;
        }

        rented = ArrayPool<byte>.Shared.Rent(length);
        buffer.Slice(LengthBytes, length).CopyTo(rented);
        buffer = buffer.Slice(LengthBytes + length);
        return true;
    }

    private static int ReadLength(in ReadOnlySequence<byte> buffer)
    {
        if (buffer.FirstSpan.Length >= LengthBytes)
        {
            return BinaryPrimitives.ReadInt32BigEndian(buffer.FirstSpan);
        }

        Span<byte> bytes = stackalloc byte[LengthBytes];
        buffer.Slice(0, LengthBytes).CopyTo(bytes);
        return BinaryPrimitives.ReadInt32BigEndian(bytes);
    }
}
