using System.IO.Compression;
using K4os.Compression.LZ4;
using K4os.Compression.LZ4.Streams;
using ZstdSharp;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// Opens compressed batches and closes them again, in all codecs of Kafka. An opened batch is the header, unchanged, with plain records
/// behind it. Bytes come from clients: what cannot be opened, or grows beyond <see cref="MaxBytes"/>, stays closed.
/// </summary>
internal static class BatchCompression
{
    /// <summary>Largest batch that is opened, in plain bytes.</summary>
    public const int MaxBytes = 256 << 20;

    private const int CopyBytes = 64 * 1024;

    /// <summary>The batch with plain records, or null if it cannot be opened.</summary>
    public static byte[]? Open(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        ReadOnlySpan<byte> records = batch[BatchHeader.Bytes..];
        using MemoryStream plain = new();
        plain.Write(batch[..BatchHeader.Bytes]);
        try
        {
            switch (header.Compression)
            {
                case CompressionCodec.None:
                    plain.Write(records);
                    break;
                case CompressionCodec.Snappy:
                    SnappyFormat.Decompress(records, plain, MaxBytes);
                    break;
                default:
                    using (MemoryStream packed = new(records.ToArray(), writable: false))
                    using (Stream unpacking = Unpacking(header.Compression, packed))
                    {
                        Copy(unpacking, plain);
                    }

                    break;
            }

            return plain.ToArray();
        }
#pragma warning disable CA1031 // Each codec has exceptions of its own for bytes that are not its format.
        catch (Exception notPacked) when (notPacked is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return null;
        }
    }

    /// <summary>Packs the records of an opened batch again.</summary>
    /// <param name="plain">Header and plain records.</param>
    /// <param name="original">The batch as it came; says the codec, and how it is framed.</param>
    public static byte[] Close(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> original)
    {
        BatchHeader.TryRead(original, out BatchHeader header);
        using MemoryStream packed = new();
        packed.Write(plain[..BatchHeader.Bytes]);
        ReadOnlySpan<byte> records = plain[BatchHeader.Bytes..];
        if (header.Compression == CompressionCodec.Snappy)
        {
            SnappyFormat.Compress(records, packed, SnappyFormat.IsFramed(original[BatchHeader.Bytes..]));
        }
        else
        {
            using Stream packing = Packing(header.Compression, packed);
            packing.Write(records);
        }

        return packed.ToArray();
    }

    private static Stream Unpacking(CompressionCodec codec, Stream packed) =>
        codec switch
        {
            CompressionCodec.Gzip => new GZipStream(packed, CompressionMode.Decompress),
            CompressionCodec.Lz4 => LZ4Stream.Decode(packed),
            CompressionCodec.Zstd => new DecompressionStream(packed),
            _ => throw new InvalidDataException($"Codec {(int)codec} is not one of Kafka's."),
        };

    /// <summary>Java takes LZ4 frames only with blocks that do not depend on each other.</summary>
    private static Stream Packing(CompressionCodec codec, Stream packed) =>
        codec switch
        {
            CompressionCodec.Gzip => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            CompressionCodec.Lz4 => LZ4Stream.Encode(
                packed,
                new LZ4EncoderSettings
                {
                    ChainBlocks = false,
                    BlockSize = CopyBytes,
                    CompressionLevel = LZ4Level.L00_FAST,
                },
                leaveOpen: true
            ),
            CompressionCodec.Zstd => new CompressionStream(packed, leaveOpen: true),
            _ => throw new InvalidDataException($"Codec {(int)codec} is not one of Kafka's."),
        };

    private static void Copy(Stream from, MemoryStream to)
    {
        byte[] buffer = new byte[CopyBytes];
        int count;
        while ((count = from.Read(buffer)) > 0)
        {
            if (to.Length + count > MaxBytes)
            {
                throw new InvalidDataException($"The batch grows beyond {MaxBytes} bytes.");
            }

            to.Write(buffer.AsSpan(0, count));
        }
    }
}
