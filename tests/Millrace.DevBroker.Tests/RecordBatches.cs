using System.Buffers.Binary;
using System.Text;
using Millrace.DevBroker.Storage;

namespace Millrace.DevBroker.Tests;

/// <summary>Makes record batches as a producer would.</summary>
internal static class RecordBatches
{
    public static byte[] Of(params string[] values) => Create([.. values.Select(v => ((string?)null, (string?)v))]);

    public static byte[] Keyed(params (string? Key, string? Value)[] records) => Create(records);

    public static byte[] Create(
        (string? Key, string? Value)[] records,
        long timestamp = 1000,
        long timestampStep = 1,
        long producerId = -1,
        short epoch = -1,
        int sequence = -1,
        bool transactional = false,
        short compression = 0
    )
    {
        MemoryStream body = new();
        for (int i = 0; i < records.Length; i++)
        {
            MemoryStream record = new();
            record.WriteByte(0);
            Varint(record, i * timestampStep);
            Varint(record, i);
            Bytes(record, records[i].Key);
            Bytes(record, records[i].Value);
            Varint(record, 0);
            Varint(body, record.Length);
            record.WriteTo(body);
        }

        byte[] batch = new byte[BatchHeader.Bytes + body.Length];
        body.ToArray().CopyTo(batch, BatchHeader.Bytes);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(12), -1);
        batch[16] = BatchHeader.CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(21), (short)((ushort)compression | (transactional ? 0x10 : 0)));
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(23), records.Length - 1);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(27), timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(35), timestamp + ((records.Length - 1) * timestampStep));
        BinaryPrimitives.WriteInt64BigEndian(batch.AsSpan(43), producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch.AsSpan(51), epoch);
        BinaryPrimitives.WriteInt32BigEndian(batch.AsSpan(53), sequence);
        BatchHeader.SetRecords(batch, records.Length);
        return batch;
    }

    /// <summary>Offset, key and value of every record in a run of uncompressed batches; markers are left out.</summary>
    public static List<(long Offset, string? Key, string? Value)> Read(ReadOnlySpan<byte> bytes)
    {
        List<(long, string?, string?)> found = new();
        while (BatchHeader.TryRead(bytes, out BatchHeader header))
        {
            ReadOnlySpan<byte> batch = bytes[..(int)header.TotalBytes];
            if (!header.Matches(batch))
            {
                throw new InvalidDataException($"The batch at offset {header.BaseOffset} has a wrong checksum.");
            }

            RecordReader records = new(batch);
            while (!header.IsControl && records.MoveNext())
            {
                found.Add(
                    (
                        header.BaseOffset + records.OffsetDelta,
                        records.HasKey ? Encoding.UTF8.GetString(records.Key) : null,
                        Value(batch, records)
                    )
                );
            }

            bytes = bytes[batch.Length..];
        }

        if (bytes.Length > 0)
        {
            throw new InvalidDataException($"{bytes.Length} bytes at the end are no whole batch.");
        }

        return found;
    }

    private static string? Value(ReadOnlySpan<byte> batch, in RecordReader record)
    {
        if (!record.HasValue)
        {
            return null;
        }

        ReadOnlySpan<byte> bytes = batch[record.Range];
        int at = 0;
        Skip(bytes, ref at); // length
        at++; // attributes
        Skip(bytes, ref at); // timestamp
        Skip(bytes, ref at); // offset
        long keyLength = Skip(bytes, ref at);
        at += (int)Math.Max(keyLength, 0);
        int length = (int)Skip(bytes, ref at);
        return Encoding.UTF8.GetString(bytes.Slice(at, length));
    }

    private static long Skip(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong raw = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = bytes[at++];
            raw |= (ulong)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
            {
                return (long)(raw >> 1) ^ -(long)(raw & 1);
            }
        }
    }

    private static void Bytes(MemoryStream target, string? text)
    {
        if (text is null)
        {
            Varint(target, -1);
            return;
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Varint(target, bytes.Length);
        target.Write(bytes);
    }

    private static void Varint(MemoryStream target, long value)
    {
        ulong raw = (ulong)((value << 1) ^ (value >> 63));
        for (; raw >= 0x80; raw >>= 7)
        {
            target.WriteByte((byte)(raw | 0x80));
        }

        target.WriteByte((byte)raw);
    }
}
