namespace Millrace.Kafka.Sinks;

/// <summary>The schema that a builder's separate settings make together.</summary>
internal sealed class ComposedSchema<T>(
    ISerializationSchema<T> value,
    ISerializationSchema<T>? key,
    Func<T, string>? topic,
    Action<T, KafkaProducerRecord>? headers
) : IKafkaSerializationSchema<T>
{
    public void Serialize(T element, KafkaProducerRecord record)
    {
        if (topic is not null)
        {
            record.Topic = topic(element);
        }

        key?.Serialize(element, record.Key);
        value.Serialize(element, record.Value);
        headers?.Invoke(element, record);
    }
}
