using System.Text;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka;

/// <summary>The headers of a Kafka record, read straight from the client's memory. Valid only while the record is.</summary>
public readonly ref struct KafkaHeaders
{
    private readonly nint _native;
    private readonly IReadOnlyList<KeyValuePair<string, byte[]?>>? _given;

    internal KafkaHeaders(nint native) => _native = native;

    internal KafkaHeaders(IReadOnlyList<KeyValuePair<string, byte[]?>>? given) => _given = given;

    /// <summary>Number of headers.</summary>
    public int Count => _given?.Count ?? (_native == 0 ? 0 : (int)NativeMethods.rd_kafka_header_cnt(_native));

    /// <summary>The header at a position.</summary>
    /// <param name="index">Position, in [0, <see cref="Count"/>).</param>
    public unsafe KafkaHeader this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)Count, nameof(index));
            if (_given is not null)
            {
                return new KafkaHeader(Encoding.UTF8.GetBytes(_given[index].Key), _given[index].Value, _given[index].Value is null);
            }

            byte* name;
            byte* value;
            nuint size;
            _ = NativeMethods.rd_kafka_header_get_all(_native, (nuint)index, &name, &value, &size);
            return new KafkaHeader(
                System.Runtime.InteropServices.MemoryMarshal.CreateReadOnlySpanFromNullTerminated(name),
                value == null ? default : new ReadOnlySpan<byte>(value, (int)size),
                value == null
            );
        }
    }

    /// <summary>Finds the last header of a name, which is the one that counts in Kafka.</summary>
    /// <param name="name">The name, UTF-8.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Whether there is one.</returns>
    public bool TryGetLast(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            KafkaHeader header = this[i];
            if (!header.Name.SequenceEqual(name))
            {
                continue;
            }

            value = header.Value;
            return true;
        }

        value = default;
        return false;
    }
}
