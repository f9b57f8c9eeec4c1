using System.Buffers.Binary;
using System.Text;
using Millrace.Serialization;

namespace Millrace.Kafka.Transactions;

/// <summary>Writes Kafka's primitive types (big-endian, the non-flexible encodings).</summary>
internal sealed class WireWriter
{
    private readonly DataWriter _buffer = new();

    internal ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    internal void Int16(short value)
    {
        BinaryPrimitives.WriteInt16BigEndian(_buffer.GetSpan(2), value);
        _buffer.Advance(2);
    }

    internal void Int32(int value)
    {
        BinaryPrimitives.WriteInt32BigEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
    }

    internal void Int64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(8), value);
        _buffer.Advance(8);
    }

    internal void Byte(byte value) => _buffer.WriteByte(value);

    internal void String(string value)
    {
        int size = Encoding.UTF8.GetByteCount(value);
        Int16(checked((short)size));
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(size));
        _buffer.Advance(size);
    }

    /// <summary>The size of an array, in the flexible encodings (KIP-482).</summary>
    internal void CompactCount(int count) => _buffer.WriteVarUInt32((uint)count + 1);

    internal void CompactString(string value)
    {
        int size = Encoding.UTF8.GetByteCount(value);
        CompactCount(size);
        Encoding.UTF8.GetBytes(value, _buffer.GetSpan(size));
        _buffer.Advance(size);
    }

    internal void NoTags() => _buffer.WriteByte(0);

    internal void Uuid(Guid value)
    {
        value.TryWriteBytes(_buffer.GetSpan(16), bigEndian: true, out int size);
        _buffer.Advance(size);
    }

    internal void Bytes(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        _buffer.WriteRaw(value);
    }
}
