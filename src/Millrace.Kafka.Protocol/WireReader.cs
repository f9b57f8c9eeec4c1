using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Millrace.Kafka.Protocol;

/// <summary>
/// Kafka's primitive types, read from one contiguous buffer. Lengths come from the peer: they are checked against what is really there
/// before anything is allocated, and the number of array elements in one message may be limited. What is thrown, and in which words, is for
/// the side to say that reads.
/// </summary>
internal abstract class WireReader(int maxElements)
{
    private Memory<byte> _buffer;
    private int _position;
    private long _elements;

    public int Remaining => _buffer.Length - _position;

    /// <summary>Starts on a new buffer. Slices handed out by <see cref="Bytes"/> point into it.</summary>
    public void Reset(Memory<byte> buffer)
    {
        _buffer = buffer;
        _position = 0;
        _elements = 0;
    }

    public sbyte Int8() => (sbyte)Take(1)[0];

    public short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public Guid Uuid() => new(Take(16), bigEndian: true);

    public uint UnsignedVarint()
    {
        uint value = 0;
        for (int shift = 0; shift <= 28; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (uint)(part & 0x7f) << shift;
            if ((part & 0x80) == 0)
            {
                return value;
            }
        }

        ThrowLongVarint();
        return default;
    }

    /// <summary>A string, or null.</summary>
    public string? String(bool compact)
    {
        int length = compact ? CompactLength() : Int16();
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>A slice of the buffer, or null when the peer sent null.</summary>
    public Memory<byte>? Bytes(bool compact)
    {
        int length = compact ? CompactLength() : Int32();
        if (length < 0)
        {
            return null;
        }

        Take(length);
        return _buffer.Slice(_position - length, length);
    }

    /// <summary>The number of elements that follow, -1 for a null array.</summary>
    public int ArrayLength(bool compact)
    {
        int length = compact ? CompactLength() : Int32();
        if (length <= 0)
        {
            return Math.Max(length, -1);
        }

        // Every element takes a byte at least.
        if (length > Remaining)
        {
            ThrowTruncated(length, Remaining);
        }

        _elements += length;
        if (_elements > maxElements)
        {
            ThrowTooManyElements();
        }

        return length;
    }

    /// <summary>Passes over the tagged fields that end a structure of a flexible version; none of them is needed here.</summary>
    public void SkipTags()
    {
        for (uint count = UnsignedVarint(); count > 0; count--)
        {
            UnsignedVarint();
            uint size = UnsignedVarint();
            if (size > (uint)Remaining)
            {
                ThrowTruncated((int)Math.Min(size, int.MaxValue), Remaining);
            }

            Take((int)size);
        }
    }

    /// <summary>More bytes were announced than are left.</summary>
    protected abstract Exception Truncated(int wanted, int remaining);

    /// <summary>A variable-length integer has more than 5 bytes.</summary>
    protected abstract Exception LongVarint();

    /// <summary>The arrays of the message have more elements than this side takes.</summary>
    protected abstract Exception TooManyElements(long count, int limit);

    private int CompactLength()
    {
        uint encoded = UnsignedVarint();
        if (encoded > int.MaxValue)
        {
            ThrowTruncated(int.MaxValue, Remaining);
        }

        return (int)encoded - 1;
    }

    private Span<byte> Take(int count)
    {
        if (count > _buffer.Length - _position)
        {
            ThrowTruncated(count, _buffer.Length - _position);
        }

        Span<byte> span = _buffer.Span.Slice(_position, count);
        _position += count;
        return span;
    }

    [DoesNotReturn]
    private void ThrowTruncated(int wanted, int remaining) => throw Truncated(wanted, remaining);

    [DoesNotReturn]
    private void ThrowLongVarint() => throw LongVarint();

    [DoesNotReturn]
    private void ThrowTooManyElements() => throw TooManyElements(_elements, maxElements);
}
