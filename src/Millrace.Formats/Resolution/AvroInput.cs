using System.Diagnostics.CodeAnalysis;

namespace Millrace.Formats.Resolution;

/// <summary>
/// Reads Avro's binary encoding. Whatever the bytes are, it ends: with a value or with a <see cref="SchemaFormatException"/>.
/// </summary>
internal ref struct AvroInput(ReadOnlySpan<byte> bytes)
{
    // An item may take no byte at all, so the bytes that are left do not bound how many there can be.
    private const int MaxEmptyItems = 100_000;
    private const int LongestVarint = 10;
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; private set; }

    public readonly int Length => _bytes.Length;

    private readonly int Remaining => _bytes.Length - Position;

    public long ReadLong()
    {
        ulong bits = 0;
        for (int i = 0; i < LongestVarint; i++)
        {
            if (Remaining == 0)
            {
                ThrowEnd("a number");
            }

            byte next = _bytes[Position++];
            bits |= (ulong)(next & 0x7F) << (7 * i);
            if (next < 0x80)
            {
                return (long)(bits >> 1) ^ -(long)(bits & 1);
            }
        }

        ThrowVarint();
        return 0;
    }

    public ReadOnlySpan<byte> Read(long length)
    {
        if (length < 0 || length > Remaining)
        {
            ThrowEnd($"{length} bytes");
        }

        ReadOnlySpan<byte> read = _bytes.Slice(Position, (int)length);
        Position += (int)length;
        return read;
    }

    /// <summary>How many items the next block of an array or map has; 0 = that was the last.</summary>
    public long ReadBlock()
    {
        long count = ReadLong();
        if (count < 0)
        {
            count = count == long.MinValue ? long.MaxValue : -count;
            _ = ReadLong();
        }

        if (count > Remaining && count > MaxEmptyItems)
        {
            ThrowEnd($"{count} items");
        }

        return count;
    }

    [DoesNotReturn]
    private readonly void ThrowEnd(string what) =>
        throw new SchemaFormatException(
            $"An Avro value has {Remaining} bytes left at byte {Position} where {what} are expected; read the value with the schema it was "
                + "written with, or through the registry."
        );

    [DoesNotReturn]
    private readonly void ThrowVarint() =>
        throw new SchemaFormatException(
            $"An Avro value has no number before byte {Position} where one of at most {LongestVarint} bytes is expected; read the value "
                + "with the schema it was written with, or through the registry."
        );
}
