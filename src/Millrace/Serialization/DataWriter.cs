using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Millrace.Serialization;

/// <summary>
/// Growing binary buffer that state, envelopes and checkpoints are written into. Little-endian; variable-length integers are LEB128, signed
/// ones zigzag-coded. Not thread-safe.
/// </summary>
public sealed class DataWriter : IBufferWriter<byte>
{
    private byte[] _buffer;
    private int _position;

    /// <summary>Creates an empty writer.</summary>
    /// <param name="capacity">Initial size in bytes.</param>
    public DataWriter(int capacity = 256)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(capacity);
        _buffer = new byte[Math.Max(capacity, 16)];
    }

    /// <summary>Number of bytes written.</summary>
    public int Length => _position;

    /// <summary>The bytes written so far; valid until the next write.</summary>
    public ReadOnlySpan<byte> WrittenSpan => _buffer.AsSpan(0, _position);

    /// <summary>The bytes written so far; valid until the next write.</summary>
    public ReadOnlyMemory<byte> WrittenMemory => _buffer.AsMemory(0, _position);

    /// <summary>Starts again, keeping the buffer.</summary>
    public void Clear() => _position = 0;

    /// <summary>A copy of the bytes written so far.</summary>
    public byte[] ToArray() => WrittenSpan.ToArray();

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)(_buffer.Length - _position), nameof(count));
        _position += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsMemory(_position);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Ensure(Math.Max(sizeHint, 1));
        return _buffer.AsSpan(_position);
    }

    /// <summary>Writes one byte.</summary>
    /// <param name="value">The byte.</param>
    public void WriteByte(byte value)
    {
        Ensure(1);
        _buffer[_position++] = value;
    }

    /// <summary>Writes a Boolean as one byte, 0 or 1.</summary>
    /// <param name="value">The value.</param>
    public void WriteBoolean(bool value) => WriteByte(value ? (byte)1 : (byte)0);

    /// <summary>Writes four bytes, little-endian.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt32(int value)
    {
        Ensure(4);
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_position), value);
        _position += 4;
    }

    /// <summary>Writes eight bytes, little-endian.</summary>
    /// <param name="value">The value.</param>
    public void WriteInt64(long value)
    {
        Ensure(8);
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_position), value);
        _position += 8;
    }

    /// <summary>Writes the eight bytes of an IEEE 754 number.</summary>
    /// <param name="value">The value.</param>
    public void WriteDouble(double value) => WriteInt64(BitConverter.DoubleToInt64Bits(value));

    /// <summary>Writes an unsigned integer in 1 to 10 bytes, 7 bits a byte, lowest first.</summary>
    /// <param name="value">The value.</param>
    public void WriteVarUInt64(ulong value)
    {
        Ensure(10);
        byte[] buffer = _buffer;
        int position = _position;
        while (value >= 0x80)
        {
            buffer[position++] = (byte)(value | 0x80);
            value >>= 7;
        }

        buffer[position++] = (byte)value;
        _position = position;
    }

    /// <summary>Writes a signed integer, zigzag-coded, in 1 to 10 bytes.</summary>
    /// <param name="value">The value.</param>
    public void WriteVarInt64(long value) => WriteVarUInt64((ulong)((value << 1) ^ (value >> 63)));

    /// <summary>Writes a length or count in 1 to 5 bytes.</summary>
    /// <param name="value">The value, not negative.</param>
    public void WriteVarUInt32(uint value) => WriteVarUInt64(value);

    /// <summary>
    /// Writes a length-prefixed UTF-8 string; <see langword="null"/> is kept apart from the empty string. A surrogate without its partner
    /// is kept, too, in three bytes (WTF-8).
    /// </summary>
    /// <param name="value">The value.</param>
    public void WriteString(string? value)
    {
        if (value is null)
        {
            WriteByte(0);
            return;
        }

        int max = Encoding.UTF8.GetMaxByteCount(value.Length);
        if (max < 128)
        {
            Ensure(max + 1);
            int written = Wtf8.GetBytes(value, _buffer.AsSpan(_position + 1));
            _buffer[_position] = (byte)(written + 1);
            if (written + 1 < 0x80)
            {
                _position += written + 1;
                return;
            }
        }

        int size = Wtf8.GetByteCount(value);
        WriteVarUInt64((uint)size + 1UL);
        Ensure(size);
        _position += Wtf8.GetBytes(value, _buffer.AsSpan(_position));
    }

    /// <summary>Writes raw bytes without a length.</summary>
    /// <param name="bytes">The bytes; copied.</param>
    public void WriteRaw(ReadOnlySpan<byte> bytes)
    {
        Ensure(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_position));
        _position += bytes.Length;
    }

    /// <summary>Writes a length and bytes.</summary>
    /// <param name="bytes">The bytes; copied.</param>
    public void WriteBytes(ReadOnlySpan<byte> bytes)
    {
        WriteVarUInt32((uint)bytes.Length);
        WriteRaw(bytes);
    }

    /// <summary>Overwrites four bytes written earlier, for a length or count known only afterwards.</summary>
    /// <param name="position">Where the four bytes begin.</param>
    /// <param name="value">The value.</param>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(position, 4), value);

    private void Ensure(int size)
    {
        if (_buffer.Length - _position < size)
        {
            Grow(size);
        }
    }

    private void Grow(int size)
    {
        long wanted = Math.Max((long)_position + size, Math.Min((long)_buffer.Length * 2, Array.MaxLength));
        if (wanted > Array.MaxLength)
        {
            throw new InvalidOperationException(
                $"A single state section would have {wanted} bytes, more than the {Array.MaxLength} that fit; raise maxParallelism so that "
                    + "key groups get smaller."
            );
        }

        Array.Resize(ref _buffer, (int)wanted);
    }
}
