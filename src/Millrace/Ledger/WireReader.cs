namespace Millrace.Ledger;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Slices share the memory they were read from.</summary>
internal struct WireReader(ReadOnlyMemory<byte> memory, string subject)
{
    private int _at;

    public readonly int Remaining => memory.Length - _at;

    public byte Byte()
    {
        if (_at >= memory.Length)
        {
            ThrowTruncated(1);
        }

        return memory.Span[_at++];
    }

    public bool Flag() => Byte() != 0;

    public ulong Unsigned()
    {
        ReadOnlySpan<byte> span = memory.Span;
        ulong value = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            if (_at >= span.Length)
            {
                ThrowTruncated(1);
            }

            byte b = span[_at++];
            value |= (ulong)(b & 0x7F) << shift;
            if (b < 0x80)
            {
                return value;
            }
        }

        throw new WireFormatException(
            $"{subject}: a variable-length integer that ends at byte {_at} is longer than 10 bytes; the bytes are damaged."
        );
    }

    public long Signed()
    {
        ulong value = Unsigned();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    public int Count()
    {
        ulong value = Unsigned();
        if (value > int.MaxValue)
        {
            throw new WireFormatException($"{subject}: a count is {value}, more than {int.MaxValue}; the bytes are damaged.");
        }

        return (int)value;
    }

    /// <summary>The number of items that follow; each takes at least a byte, so damaged bytes cannot make us allocate gigabytes.</summary>
    public int Items()
    {
        int count = Count();
        if (count > Remaining)
        {
            ThrowTruncated(count);
        }

        return count;
    }

    public ReadOnlyMemory<byte> Bytes()
    {
        int length = Count();
        if (length > Remaining)
        {
            ThrowTruncated(length);
        }

        ReadOnlyMemory<byte> slice = memory.Slice(_at, length);
        _at += length;
        return slice;
    }

    public string Name() => NameTable.Get(Bytes().Span);

    public ChannelId Channel() => new(Name(), Count(), Count());

    /// <summary>Checks the first two bytes and returns the format version.</summary>
    public byte Version(byte kind, byte newest)
    {
        byte actual = Byte();
        if (actual != kind)
        {
            throw new WireFormatException($"{subject}: the first byte is 0x{actual:x2}, expected 0x{kind:x2}; this is something else.");
        }

        byte version = Byte();
        if (version == 0 || version > newest)
        {
            throw new WireFormatException(
                $"{subject}: written in format version {version}, but this build reads versions 1 to {newest}; run the build that wrote it "
                    + "or a newer one."
            );
        }

        return version;
    }

    public readonly void End()
    {
        if (Remaining != 0)
        {
            throw new WireFormatException($"{subject}: {Remaining} bytes follow its end; the bytes are damaged.");
        }
    }

    private readonly void ThrowTruncated(int wanted) =>
        throw new WireFormatException(
            $"{subject}: {wanted} more bytes were expected at byte {_at} of {memory.Length}; the bytes are truncated."
        );
}
