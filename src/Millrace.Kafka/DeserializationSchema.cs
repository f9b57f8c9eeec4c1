namespace Millrace.Kafka;

/// <summary>Makes schemas of delegates.</summary>
/// <example><code>
/// DeserializationSchema.Of(static value => BinaryPrimitives.ReadInt64BigEndian(value))
/// </code></example>
public static class DeserializationSchema
{
    /// <summary>A schema of a delegate over the value.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="deserialize">Deserializes a value; must be thread-safe.</param>
    public static IDeserializationSchema<T> Of<T>(SpanDeserializer<T> deserialize)
    {
        ArgumentNullException.ThrowIfNull(deserialize);
        return new ValueDelegate<T>(deserialize);
    }

    /// <summary>A schema of a delegate over the whole record. It also gets tombstones.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    /// <param name="deserialize">Deserializes a record; must be thread-safe.</param>
    public static IKafkaDeserializationSchema<T> OfMessage<T>(KafkaDeserializer<T> deserialize)
    {
        ArgumentNullException.ThrowIfNull(deserialize);
        return new MessageDelegate<T>(deserialize);
    }

    /// <summary>What messages call a schema.</summary>
    internal static string NameOf(object? schema) =>
        schema?.GetType() is not { } type ? "the schema"
        : type.DeclaringType == typeof(DeserializationSchema) ? "the schema's delegate"
        : type.Name.Split('`')[0];

    private sealed class ValueDelegate<T>(SpanDeserializer<T> deserialize) : IDeserializationSchema<T>
    {
        public T Deserialize(ReadOnlySpan<byte> value) => deserialize(value);
    }

    private sealed class MessageDelegate<T>(KafkaDeserializer<T> deserialize) : IKafkaDeserializationSchema<T>
    {
        public bool TryDeserialize(in KafkaMessage message, out T value)
        {
            value = deserialize(message);
            return true;
        }
    }
}

/// <summary>A deserializer of whole records as a delegate.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="message">The record with key, headers and metadata; valid only during the call.</param>
public delegate T KafkaDeserializer<out T>(in KafkaMessage message);

/// <summary>A deserializer as a delegate over a span.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
/// <param name="value">The value's bytes; valid only during the call.</param>
public delegate T SpanDeserializer<out T>(ReadOnlySpan<byte> value);
