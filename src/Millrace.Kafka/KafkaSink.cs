namespace Millrace.Kafka;

/// <summary>Begins the declaration of a sink that writes Kafka.</summary>
/// <example><code>
/// KafkaSink.Builder&lt;string&gt;()
///     .SetBootstrapServers("localhost:9092")
///     .SetTopic("my_topic_upper")
///     .SetValueSerializer(SimpleStringSchema.Instance)
///     .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
///     .Build();
/// </code></example>
public static class KafkaSink
{
    /// <summary>A builder without any settings.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    public static KafkaSinkBuilder<T> Builder<T>() => new();
}
