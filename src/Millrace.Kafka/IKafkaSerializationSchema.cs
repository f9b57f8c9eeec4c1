namespace Millrace.Kafka;

/// <summary>
/// Turns a <typeparamref name="T"/> into a whole Kafka record: topic, key, value, headers, partition, timestamp. Used by many tasks at
/// once: must be thread-safe.
/// </summary>
/// <typeparam name="T">Type of the records.</typeparam>
public interface IKafkaSerializationSchema<in T>
{
    /// <summary>Fills in a record. It comes empty, with the event timestamp and, if the sink has one, the topic set.</summary>
    /// <param name="value">What to write.</param>
    /// <param name="record">The record to fill; valid only during the call.</param>
    void Serialize(T value, KafkaProducerRecord record);
}
