using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Millrace.Kafka;

/// <summary>JSON by System.Text.Json's source generation: no reflection, and works trimmed and ahead-of-time compiled.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <example><code>
/// [JsonSerializable(typeof(Order))]
/// internal sealed partial class OrderJson : JsonSerializerContext;
///
/// KafkaSource.Builder&lt;Order&gt;().SetDeserializer(new JsonSchema&lt;Order&gt;(OrderJson.Default.Order))
/// </code></example>
public sealed class JsonSchema<T> : IDeserializationSchema<T>, ISerializationSchema<T>
{
    [ThreadStatic]
    private static (JsonSchema<T>? Owner, Utf8JsonWriter? Writer) _cached;

    private readonly JsonTypeInfo<T> _type;
    private readonly JsonWriterOptions _options;

    /// <summary>Creates a schema.</summary>
    /// <param name="type">The generated description of the type.</param>
    public JsonSchema(JsonTypeInfo<T> type)
    {
        ArgumentNullException.ThrowIfNull(type);
        _type = type;
        _options = new JsonWriterOptions { Encoder = type.Options.Encoder, SkipValidation = true };
    }

    /// <inheritdoc/>
    /// <exception cref="JsonException">The bytes are no JSON of this type, or the JSON <c>null</c>.</exception>
    public T Deserialize(ReadOnlySpan<byte> value) =>
        JsonSerializer.Deserialize(value, _type)
        ?? throw new JsonException($"The JSON value is null where a {typeof(T).Name} is expected.");

    /// <inheritdoc/>
    public void Serialize(T value, IBufferWriter<byte> output)
    {
        // Another schema of the same type may have other options, so a writer belongs to the schema that made it.
        if (_cached.Owner != this)
        {
            _cached = (this, new Utf8JsonWriter(output, _options));
        }

        Utf8JsonWriter writer = _cached.Writer!;
        writer.Reset(output);
        JsonSerializer.Serialize(writer, value, _type);
        writer.Flush();
    }
}
