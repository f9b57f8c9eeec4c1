using System.Buffers.Binary;
using System.Text;

namespace Millrace.Kafka.Transactions;

/// <summary>Reads Kafka's primitive types; every read checks the bounds.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    internal short Int16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    internal int Int32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    internal long Int64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    internal string? String()
    {
        short size = Int16();
        return size < 0 ? null : Encoding.UTF8.GetString(Take(size));
    }

    internal ReadOnlySpan<byte> Bytes()
    {
        int size = Int32();
        return size < 0 ? default : Take(size);
    }

    private ReadOnlySpan<byte> Take(int size)
    {
        if ((uint)size > (uint)_rest.Length)
            throw new InvalidDataException($"A Kafka response ends {size - _rest.Length} bytes too early; is this a Kafka broker?");
        ReadOnlySpan<byte> taken = _rest[..size];
        _rest = _rest[size..];
        return taken;
    }
}
