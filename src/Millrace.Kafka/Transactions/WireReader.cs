using System.Buffers.Binary;
using System.Text;

namespace Millrace.Kafka.Transactions;

/// <summary>Reads Kafka's primitive types; every read checks the bounds.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    internal byte Byte() => Take(1)[0];

    internal short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    internal long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    internal string? String()
    {
        short size = Int16();
        return size < 0 ? null : Encoding.UTF8.GetString(Take(size));
    }

    /// <summary>The size of an array, in the flexible encodings (KIP-482); 0 where there is none.</summary>
    internal int CompactCount() => Math.Max(0, checked((int)Unsigned()) - 1);

    internal string? CompactString()
    {
        int size = checked((int)Unsigned()) - 1;
        return size < 0 ? null : Encoding.UTF8.GetString(Take(size));
    }

    internal Guid Uuid() => new(Take(16), bigEndian: true);

    internal void SkipTags()
    {
        for (uint left = Unsigned(); left > 0; left--)
        {
            _ = Unsigned();
            _ = Take(checked((int)Unsigned()));
        }
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        int size = Int32();
        return size < 0 ? default : Take(size);
    }

    private uint Unsigned()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Byte();
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new InvalidDataException("A Kafka response has a number of more than 5 bytes; is this a Kafka broker?");
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if ((uint)size > (uint)_rest.Length)
        {
            throw new InvalidDataException($"A Kafka response ends {size - _rest.Length} bytes too early; is this a Kafka broker?");
        }

        ReadOnlySpan<byte> taken = _rest[..size];
        _rest = _rest[size..];
        return taken;
    }
}
