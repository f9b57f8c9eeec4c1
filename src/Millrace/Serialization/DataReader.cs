using System.Buffers.Binary;

namespace Millrace.Serialization;

/// <summary>Reads what <see cref="DataWriter"/> wrote. Every read checks the bounds: truncated or foreign bytes throw
/// <see cref="InvalidDataException"/>, never read past the end.</summary>
public ref struct DataReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string? _subject;
    private int _position;

    /// <summary>Reads from the start of <paramref name="bytes"/>.</summary>
    /// <param name="bytes">What to read; must outlive the reader.</param>
    public DataReader(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        _position = 0;
    }

    /// <summary>Reads bytes that have a name.</summary>
    /// <param name="bytes">What to read; must outlive the reader.</param>
    /// <param name="subject">What they are, for errors.</param>
    internal DataReader(ReadOnlySpan<byte> bytes, string subject)
        : this(bytes) => _subject = subject;

    /// <summary>What the bytes are, for errors.</summary>
    internal readonly string Subject => _subject ?? "Data in Millrace's format";

    /// <summary>Number of bytes read so far.</summary>
    public readonly int Position => _position;

    /// <summary>Number of bytes left.</summary>
    public readonly int Remaining => _bytes.Length - _position;

    /// <summary>Whether all bytes have been read.</summary>
    public readonly bool AtEnd => _position == _bytes.Length;

    /// <summary>Reads one byte.</summary>
    public byte ReadByte()
    {
        Need(1);
        return _bytes[_position++];
    }

    /// <summary>Reads a Boolean.</summary>
    public bool ReadBoolean() => ReadByte() != 0;

    /// <summary>Reads four bytes, little-endian.</summary>
    public int ReadInt32()
    {
        Need(4);
        int value = BinaryPrimitives.ReadInt32LittleEndian(_bytes[_position..]);
        _position += 4;
        return value;
    }

    /// <summary>Reads eight bytes, little-endian.</summary>
    public long ReadInt64()
    {
        Need(8);
        long value = BinaryPrimitives.ReadInt64LittleEndian(_bytes[_position..]);
        _position += 8;
        return value;
    }

    /// <summary>Reads an IEEE 754 number.</summary>
    public double ReadDouble() => BitConverter.Int64BitsToDouble(ReadInt64());

    /// <summary>Reads an unsigned LEB128 integer.</summary>
    public ulong ReadVarUInt64()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            byte b = ReadByte();
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException(
            $"{Subject}: a variable-length integer that ends at byte {_position} is longer than 10 bytes; the bytes are damaged."
        );
    }

    /// <summary>Reads a zigzag-coded integer.</summary>
    public long ReadVarInt64()
    {
        ulong value = ReadVarUInt64();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    /// <summary>Reads a length or count and checks that as many bytes could still follow (each element takes at least one byte).</summary>
    public int ReadCount()
    {
        ulong value = ReadVarUInt64();
        if (value > (ulong)Remaining)
        {
            ThrowTruncated((long)Math.Min(value, long.MaxValue));
        }

        return (int)value;
    }

    /// <summary>Reads an unsigned 32-bit integer.</summary>
    public uint ReadVarUInt32() => checked((uint)ReadVarUInt64());

    /// <summary>Reads a string or <see langword="null"/>.</summary>
    public string? ReadString()
    {
        ulong size = ReadVarUInt64();
        if (size == 0)
        {
            return null;
        }

        return Wtf8.GetString(ReadRaw(checked((int)(size - 1))));
    }

    /// <summary>Reads raw bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>A view of the bytes, valid as long as the input is.</returns>
    public ReadOnlySpan<byte> ReadRaw(int count)
    {
        Need(count);
        ReadOnlySpan<byte> bytes = _bytes.Slice(_position, count);
        _position += count;
        return bytes;
    }

    /// <summary>Reads bytes with their length.</summary>
    /// <returns>A view of the bytes, valid as long as the input is.</returns>
    public ReadOnlySpan<byte> ReadBytes() => ReadRaw(ReadCount());

    private readonly void Need(int count)
    {
        if (count < 0 || _bytes.Length - _position < count)
        {
            ThrowTruncated(count);
        }
    }

    private readonly void ThrowTruncated(long wanted) =>
        throw new InvalidDataException(
            $"{Subject}: {wanted} more bytes were expected at byte {_position} of {_bytes.Length}; the bytes are truncated."
        );
}
