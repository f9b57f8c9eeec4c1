using Millrace.Serialization;

namespace Millrace.Kafka.Durable;

/// <summary>A record from an outbox, version 1: topic, partition, timestamp, key, value, then headers.</summary>
internal ref struct EncodedRecord
{
    internal const byte Version = 1;
    private DataReader _reader;

    internal EncodedRecord(ReadOnlySpan<byte> bytes)
    {
        _reader = new DataReader(bytes);
        byte version = _reader.ReadByte();
        if (version != Version)
        {
            throw new InvalidDataException($"A record in the outbox has format {version}; this version of Millrace reads {Version}. Use the version that wrote it, or a newer one.");
        }

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
    internal void ReadHeader(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = _reader.ReadBytes();
        value = _reader.ReadBytes();
    }
}
