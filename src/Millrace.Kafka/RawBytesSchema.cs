using System.Buffers;

namespace Millrace.Kafka;

/// <summary>Bytes as they are: each value is copied into an array of its own.</summary>
public sealed class RawBytesSchema : IDeserializationSchema<byte[]>, ISerializationSchema<byte[]>
{
    /// <summary>The one instance that is needed.</summary>
    public static RawBytesSchema Instance { get; } = new();

    /// <inheritdoc/>
    public byte[] Deserialize(ReadOnlySpan<byte> value) => value.ToArray();

    /// <inheritdoc/>
    public void Serialize(byte[] value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        output.Write(value);
    }
}
