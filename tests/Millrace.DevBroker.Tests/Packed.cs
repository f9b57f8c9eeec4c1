using System.Buffers.Binary;
using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Tests;

/// <summary>Compressed batches.</summary>
internal static class Packed
{
    private static ReadOnlySpan<byte> XerialMagic => [0x82, (byte)'S', (byte)'N', (byte)'A', (byte)'P', (byte)'P', (byte)'Y', 0];

    /// <param name="codec">How.</param>
    /// <param name="isFramed">Whether Snappy gets Java's frames.</param>
    /// <param name="records">The records.</param>
    public static byte[] Of(CompressionCodec codec, bool isFramed, params (string? Key, string? Value)[] records) =>
        Pack(RecordBatches.Create(records, compression: (short)codec), isFramed);

    /// <summary>Packs the records of a batch that says its codec already.</summary>
    public static byte[] Pack(byte[] plain, bool isFramed = false)
    {
        BatchHeader.TryRead(plain, out BatchHeader header);
        byte[] original = isFramed ? [.. plain.AsSpan(0, BatchHeader.Bytes), .. XerialMagic, 0, 0, 0, 1, 0, 0, 0, 1] : plain;
        byte[] packed = BatchCompression.Close(plain, original);
        BatchHeader.SetRecords(packed, header.RecordCount);
        return packed;
    }

    /// <summary>The batch with plain records, as if it had never been compressed.</summary>
    public static byte[] Opened(ReadOnlySpan<byte> batch)
    {
        BatchHeader.TryRead(batch, out BatchHeader header);
        byte[] plain =
            BatchCompression.Open(batch, header)
            ?? throw new InvalidDataException($"The batch at {header.BaseOffset} cannot be opened as {header.Compression}.");
        BinaryPrimitives.WriteInt16BigEndian(plain.AsSpan(21), (short)(header.Attributes & ~0x07));
        BatchHeader.SetRecords(plain, header.RecordCount);
        return plain;
    }
}
