using System.Buffers.Binary;

namespace Millrace.DevBroker.Storage;

/// <summary>
/// The fixed part of a record batch, format 2. The checksum covers everything from the attributes on, so that base offset and leader epoch
/// can be set by the broker without touching the rest.
/// </summary>
internal readonly struct BatchHeader
{
    /// <summary>Size of the header in bytes.</summary>
    public const int Bytes = 61;

    /// <summary>Bytes before those that the length field counts.</summary>
    public const int LengthOverhead = 12;

    public const byte CurrentMagic = 2;

    private const int LeaderEpochAt = 12;
    private const int CrcAt = 17;
    private const int AttributesAt = 21;
    private const int MaxTimestampAt = 35;
    private const int RecordCountAt = 57;
    private const short CompressionMask = 0x07;
    private const short LogAppendTimeFlag = 0x08;
    private const short TransactionalFlag = 0x10;
    private const short ControlFlag = 0x20;

    private BatchHeader(ReadOnlySpan<byte> bytes)
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(bytes);
        Length = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        LeaderEpoch = BinaryPrimitives.ReadInt32BigEndian(bytes[LeaderEpochAt..]);
        Magic = bytes[16];
        Crc = BinaryPrimitives.ReadUInt32BigEndian(bytes[CrcAt..]);
        Attributes = BinaryPrimitives.ReadInt16BigEndian(bytes[AttributesAt..]);
        LastOffsetDelta = BinaryPrimitives.ReadInt32BigEndian(bytes[23..]);
        BaseTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[27..]);
        MaxTimestamp = BinaryPrimitives.ReadInt64BigEndian(bytes[MaxTimestampAt..]);
        ProducerId = BinaryPrimitives.ReadInt64BigEndian(bytes[43..]);
        ProducerEpoch = BinaryPrimitives.ReadInt16BigEndian(bytes[51..]);
        BaseSequence = BinaryPrimitives.ReadInt32BigEndian(bytes[53..]);
        RecordCount = BinaryPrimitives.ReadInt32BigEndian(bytes[RecordCountAt..]);
    }

    public long BaseOffset { get; init; }

    /// <summary>What the length field says: the bytes after itself.</summary>
    public int Length { get; }

    public int LeaderEpoch { get; }

    public byte Magic { get; }

    public uint Crc { get; }

    public short Attributes { get; }

    public int LastOffsetDelta { get; }

    public long BaseTimestamp { get; }

    public long MaxTimestamp { get; init; }

    public long ProducerId { get; }

    public short ProducerEpoch { get; }

    public int BaseSequence { get; }

    public int RecordCount { get; }

    public long LastOffset => BaseOffset + LastOffsetDelta;

    /// <summary>Size of the whole batch in bytes; may be more than an int holds when the length field is hostile.</summary>
    public long TotalBytes => (long)Length + LengthOverhead;

    public CompressionCodec Compression => (CompressionCodec)(Attributes & CompressionMask);

    public bool IsCompressed => Compression != CompressionCodec.None;

    public bool HasLogAppendTime => (Attributes & LogAppendTimeFlag) != 0;

    public bool IsTransactional => (Attributes & TransactionalFlag) != 0;

    public bool IsControl => (Attributes & ControlFlag) != 0;

    public bool IsIdempotent => ProducerId >= 0;

    /// <summary>Sequence number of the last record; sequences wrap to 0 after the largest int.</summary>
    public int LastSequence => BaseSequence < 0 ? -1 : (int)(((long)BaseSequence + LastOffsetDelta) & int.MaxValue);

    /// <summary>Reads a header; false if the bytes cannot be one.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BatchHeader header)
    {
        if (bytes.Length < Bytes)
        {
            header = default;
            return false;
        }

        header = new BatchHeader(bytes);
        return header.Magic == CurrentMagic && header.Length >= Bytes - LengthOverhead && header.LastOffsetDelta >= 0;
    }

    /// <summary>Whether the checksum fits a whole batch.</summary>
    public bool Matches(ReadOnlySpan<byte> batch) => Crc32C.Compute(batch[AttributesAt..]) == Crc;

    public static void SetPlace(Span<byte> batch, long baseOffset, int leaderEpoch)
    {
        BinaryPrimitives.WriteInt64BigEndian(batch, baseOffset);
        BinaryPrimitives.WriteInt32BigEndian(batch[LeaderEpochAt..], leaderEpoch);
    }

    /// <summary>Replaces the records' own timestamps by that of the append.</summary>
    public static void SetLogAppendTime(Span<byte> batch, long timestamp)
    {
        short attributes = (short)(BinaryPrimitives.ReadInt16BigEndian(batch[AttributesAt..]) | LogAppendTimeFlag);
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], timestamp);
        Seal(batch);
    }

    /// <summary>Sets length and record count after records were taken out of a batch.</summary>
    public static void SetRecords(Span<byte> batch, int recordCount)
    {
        BinaryPrimitives.WriteInt32BigEndian(batch[8..], batch.Length - LengthOverhead);
        BinaryPrimitives.WriteInt32BigEndian(batch[RecordCountAt..], recordCount);
        Seal(batch);
    }

    /// <summary>Writes a header for a batch whose records stand behind it already.</summary>
    public static void WriteControl(Span<byte> batch, long timestamp, long producerId, short producerEpoch)
    {
        batch[..Bytes].Clear();
        batch[16] = CurrentMagic;
        BinaryPrimitives.WriteInt16BigEndian(batch[AttributesAt..], TransactionalFlag | ControlFlag);
        BinaryPrimitives.WriteInt64BigEndian(batch[27..], timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[MaxTimestampAt..], timestamp);
        BinaryPrimitives.WriteInt64BigEndian(batch[43..], producerId);
        BinaryPrimitives.WriteInt16BigEndian(batch[51..], producerEpoch);
        BinaryPrimitives.WriteInt32BigEndian(batch[53..], -1);
        SetRecords(batch, recordCount: 1);
    }

    private static void Seal(Span<byte> batch) =>
        BinaryPrimitives.WriteUInt32BigEndian(batch[CrcAt..], Crc32C.Compute(batch[AttributesAt..]));
}
