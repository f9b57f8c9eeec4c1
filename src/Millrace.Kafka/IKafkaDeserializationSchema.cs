namespace Millrace.Kafka;

/// <summary>
/// Turns a whole Kafka record, with key, headers and metadata, into a <typeparamref name="T"/>. Used by many tasks at once: must be
/// thread-safe.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IKafkaDeserializationSchema<T>
{
    /// <summary>Deserializes a record. What it throws is handled by the source's <see cref="DeserializationErrorPolicy"/>.</summary>
    /// <param name="message">The record; valid only during the call.</param>
    /// <param name="value">The result.</param>
    /// <returns><see langword="false"/> to leave the record out.</returns>
    bool TryDeserialize(in KafkaMessage message, out T value);
}
