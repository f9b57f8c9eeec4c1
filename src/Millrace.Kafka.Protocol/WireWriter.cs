using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Millrace.Kafka.Protocol;

/// <summary>Kafka's primitive types, written to one pooled buffer.</summary>
internal abstract class WireWriter : IDisposable
{
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(1024);
    private int _length;

    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    public virtual void Reset()
    {
        _length = 0;
        if (_buffer.Length <= 1024 * 1024)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = ArrayPool<byte>.Shared.Rent(1024);
    }

    public void Int8(sbyte value) => Reserve(1)[0] = (byte)value;

    public void Int16(short value) => BinaryPrimitives.WriteInt16BigEndian(Reserve(2), value);

    public void Int32(int value) => BinaryPrimitives.WriteInt32BigEndian(Reserve(4), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64BigEndian(Reserve(8), value);

    public void Uuid(Guid value) => value.TryWriteBytes(Reserve(16), bigEndian: true, out _);

    /// <summary>Overwrites the four bytes at <paramref name="position"/>, for lengths that are known only at the end.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position, 4), value);

    public void UnsignedVarint(uint value)
    {
        while (value >= 0x80)
        {
            Reserve(1)[0] = (byte)(value | 0x80);
            value >>= 7;
        }

        Reserve(1)[0] = (byte)value;
    }

    public void String(string? value, bool compact)
    {
        if (value is null)
        {
            if (compact)
            {
                UnsignedVarint(0);
            }
            else
            {
                Int16(-1);
            }

            return;
        }

        int size = Encoding.UTF8.GetByteCount(value);
        if (compact)
        {
            UnsignedVarint((uint)size + 1);
        }
        else if (size <= short.MaxValue)
        {
            Int16((short)size);
        }
        else
        {
            throw TooLong(size, short.MaxValue);
        }

        Encoding.UTF8.GetBytes(value, Reserve(size));
    }

    public void Bytes(ReadOnlySpan<byte> value, bool isNull, bool compact)
    {
        Length(isNull ? -1 : value.Length, compact);
        value.CopyTo(Reserve(value.Length));
    }

    /// <summary>Length prefix of an array or of bytes; -1 is null.</summary>
    public void Length(int length, bool compact)
    {
        if (compact)
        {
            UnsignedVarint((uint)(length + 1));
        }
        else
        {
            Int32(length);
        }
    }

    public void NoTags() => UnsignedVarint(0);

    public void Dispose()
    {
        if (_buffer.Length == 0)
        {
            return;
        }

        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    /// <summary>A string has more bytes than the length before it can say.</summary>
    protected abstract Exception TooLong(int size, int limit);

    private Span<byte> Reserve(int count)
    {
        if (count > _buffer.Length - _length)
        {
            Grow(count);
        }

        Span<byte> span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }

    private void Grow(int count)
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(_buffer.Length * 2, checked(_length + count)));
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
