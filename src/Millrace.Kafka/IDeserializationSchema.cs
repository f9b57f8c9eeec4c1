namespace Millrace.Kafka;

/// <summary>Turns the value of a Kafka record into a <typeparamref name="T"/>. Used by many tasks at once: must be thread-safe.</summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IDeserializationSchema<T>
{
    /// <summary>
    /// Deserializes a value. Whatever it throws is reported with the record's topic, partition, offset and first bytes and handled by the
    /// source's
    /// <see cref="DeserializationErrorPolicy"/>. Tombstones do not get here: a value-only source leaves them out.</summary>
    /// <param name="value">The value's bytes; valid only during the call.</param>
    T Deserialize(ReadOnlySpan<byte> value);
}
