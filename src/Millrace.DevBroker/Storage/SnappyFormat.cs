using System.Buffers.Binary;
using Snappier;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Snappy as Kafka's clients send it: librdkafka one raw block, Java blocks of 32 KB behind a header of its own library (xerial), each with
/// its length.
/// </summary>
internal static class SnappyFormat
{
    private const int BlockBytes = 32 * 1024;
    private const int HeaderBytes = 16;

    private static ReadOnlySpan<byte> Magic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    public static bool IsFramed(ReadOnlySpan<byte> packed) => packed.Length >= HeaderBytes && packed.StartsWith(Magic);

    public static void Decompress(ReadOnlySpan<byte> packed, MemoryStream plain, int maxBytes)
    {
        if (!IsFramed(packed))
        {
            DecompressBlock(packed, plain, maxBytes);
            return;
        }

        packed = packed[HeaderBytes..];
        while (packed.Length > 0)
        {
            int length = packed.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32BigEndian(packed);
            if (length < 0 || length > packed.Length - sizeof(int))
            {
                throw new InvalidDataException("A block of Snappy is longer than what is left.");
            }

            DecompressBlock(packed.Slice(sizeof(int), length), plain, maxBytes);
            packed = packed[(sizeof(int) + length)..];
        }
    }

    public static void Compress(ReadOnlySpan<byte> plain, MemoryStream packed, bool isFramed)
    {
        if (!isFramed)
        {
            packed.Write(Snappy.CompressToArray(plain));
            return;
        }

        Span<byte> number = stackalloc byte[sizeof(int)];
        packed.Write(Magic);
        BinaryPrimitives.WriteInt32BigEndian(number, 1);
        packed.Write(number);
        packed.Write(number);
        while (plain.Length > 0)
        {
            byte[] block = Snappy.CompressToArray(plain[..Math.Min(BlockBytes, plain.Length)]);
            BinaryPrimitives.WriteInt32BigEndian(number, block.Length);
            packed.Write(number);
            packed.Write(block);
            plain = plain[Math.Min(BlockBytes, plain.Length)..];
        }
    }

    private static void DecompressBlock(ReadOnlySpan<byte> block, MemoryStream plain, int maxBytes)
    {
        int length = Snappy.GetUncompressedLength(block);
        if (length < 0 || plain.Length + length > maxBytes)
        {
            throw new InvalidDataException($"A block of Snappy grows to {length} bytes.");
        }

        byte[] target = new byte[length];
        plain.Write(target.AsSpan(0, Snappy.Decompress(block, target)));
    }
}
