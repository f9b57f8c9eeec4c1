using System.Buffers;
using System.Buffers.Binary;

namespace Millrace.Formats;

/// <summary>
/// Confluent's wire format: magic byte 0, the schema's id in four big-endian bytes, then, for Protobuf, the message's place in its file,
/// then the value.
/// </summary>
internal static class WireFormat
{
    public const int HeaderLength = 5;

    public static void WriteHeader(IBufferWriter<byte> output, int id)
    {
        Span<byte> header = output.GetSpan(HeaderLength);
        header[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(header[1..], id);
        output.Advance(HeaderLength);
    }

    public static ReadOnlySpan<byte> ReadHeader(ReadOnlySpan<byte> value, out int id)
    {
        if (value.Length < HeaderLength || value[0] != 0)
        {
            ThrowHeader(value);
        }

        id = BinaryPrimitives.ReadInt32BigEndian(value[1..]);
        return value[HeaderLength..];
    }

    /// <summary>The path as zigzag varints after their count; the first message of a file, the usual one, as a single 0.</summary>
    public static byte[] EncodePath(IReadOnlyList<int> path)
    {
        if (path is [0])
        {
            return [0];
        }

        List<byte> bytes = new();
        WriteVarint(bytes, path.Count);
        foreach (int index in path)
        {
            WriteVarint(bytes, index);
        }

        return [.. bytes];
    }

    /// <summary>
    /// Takes the path off; a path that is not the expected one is refused. Writers may give the path of a file's first message in full, or
    /// as a single 0.
    /// </summary>
    public static ReadOnlySpan<byte> SkipPath(ReadOnlySpan<byte> value, ReadOnlySpan<int> expected, string message)
    {
        ReadOnlySpan<byte> rest = value;
        if (!TryReadVarint(ref rest, out int count) || count < 0)
        {
            ThrowMalformedPath(value, message);
        }

        bool matches = count == expected.Length || (count == 0 && expected is [0]);
        for (int i = 0; i < count; i++)
        {
            if (!TryReadVarint(ref rest, out int index) || index < 0)
            {
                ThrowMalformedPath(value, message);
            }

            matches = matches && index == expected[i];
        }

        if (!matches)
        {
            ThrowPath(value, expected, message);
        }

        return rest;
    }

    private static bool TryReadVarint(ref ReadOnlySpan<byte> bytes, out int value)
    {
        const int LongestVarint = 5;
        uint bits = 0;
        for (int i = 0; i < bytes.Length && i < LongestVarint; i++)
        {
            byte next = bytes[i];
            if (i == LongestVarint - 1 && next > 0x0F)
            {
                break;
            }

            bits |= (uint)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                bytes = bytes[(i + 1)..];
                value = (int)(bits >> 1) ^ -(int)(bits & 1);
                return true;
            }
        }

        value = 0;
        return false;
    }

    private static void WriteVarint(List<byte> bytes, int value)
    {
        uint rest = (uint)((value << 1) ^ (value >> 31));
        for (; rest >= 0x80; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        bytes.Add((byte)rest);
    }

    private static void ThrowHeader(ReadOnlySpan<byte> value) =>
        throw new SchemaFormatException(
            $"The value's first bytes are [{Hex(value)}] where magic byte 00 and a schema id of 4 bytes are expected; create the schema "
                + "without a registry if the producer uses none."
        );

    private static void ThrowPath(ReadOnlySpan<byte> value, ReadOnlySpan<int> expected, string message) =>
        throw new SchemaFormatException(
            $"The value's message indexes start with [{Hex(value)}] where [{Convert.ToHexString(EncodePath([.. expected]))}] for {message} "
                + "is expected; read the topic as the type that was written."
        );

    private static void ThrowMalformedPath(ReadOnlySpan<byte> value, string message) =>
        throw new SchemaFormatException(
            $"The value's message indexes start with [{Hex(value)}] where their count and that many indexes, as zigzag varints, are "
                + $"expected before {message}; "
                + "read the topic with the format of its producer."
        );

    private static string Hex(ReadOnlySpan<byte> value) => Convert.ToHexString(value[..Math.Min(value.Length, 8)]);
}
