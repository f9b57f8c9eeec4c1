using Millrace.Serialization;

namespace Millrace.Kafka.Durable;

/// <summary>
/// A record from an outbox. Version 1: topic, partition, timestamp, key, value, then headers; version 2: the same, and each header says
/// before its value whether that is null.
/// </summary>
internal ref struct EncodedRecord
{
    internal const byte Version = 1;
    internal const byte VersionWithNulls = 2;
    private readonly bool _hasNulls;
    private DataReader _reader;

    internal EncodedRecord(ReadOnlySpan<byte> bytes)
    {
        _reader = new DataReader(bytes);
        byte version = _reader.ReadByte();
        if (version is not (Version or VersionWithNulls))
        {
            throw new InvalidDataException(
                $"A record in the outbox has format {version}; this version of Millrace reads {Version} and {VersionWithNulls}. Use the "
                    + "version that wrote it, or a newer one."
            );
        }

        _hasNulls = version == VersionWithNulls;

        Topic = _reader.ReadString();
        Partition = (int)_reader.ReadVarInt64();
        Timestamp = _reader.ReadVarInt64();
        HasKey = _reader.ReadBoolean();
        Key = HasKey ? _reader.ReadBytes() : default;
        IsTombstone = _reader.ReadBoolean();
        Value = IsTombstone ? default : _reader.ReadBytes();
        HeaderCount = (int)_reader.ReadVarUInt32();
    }

    internal string? Topic { get; }

    internal int Partition { get; }

    internal long Timestamp { get; }

    internal bool HasKey { get; }

    internal ReadOnlySpan<byte> Key { get; }

    internal bool IsTombstone { get; }

    internal ReadOnlySpan<byte> Value { get; }

    internal int HeaderCount { get; }

    /// <summary>Reads the next of <see cref="HeaderCount"/> headers.</summary>
    internal void ReadHeader(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value, out bool isNull)
    {
        name = _reader.ReadBytes();
        isNull = _hasNulls && _reader.ReadBoolean();
        value = _reader.ReadBytes();
    }
}
