using System.Buffers;
using System.Text;

namespace Millrace.Kafka;

/// <summary>Strings as UTF-8, as Flink's class of the same name. Bytes that are no UTF-8 become U+FFFD.</summary>
public sealed class SimpleStringSchema : IDeserializationSchema<string>, ISerializationSchema<string>
{
    /// <summary>The one instance that is needed.</summary>
    public static SimpleStringSchema Instance { get; } = new();

    /// <inheritdoc/>
    public string Deserialize(ReadOnlySpan<byte> value) => Encoding.UTF8.GetString(value);

    /// <inheritdoc/>
    public void Serialize(string value, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(output);
        Span<byte> target = output.GetSpan(Encoding.UTF8.GetMaxByteCount(value.Length));
        output.Advance(Encoding.UTF8.GetBytes(value, target));
    }
}
