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
