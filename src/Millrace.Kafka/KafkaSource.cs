namespace Millrace.Kafka;

/// <summary>Begins the declaration of a source that reads Kafka.</summary>
/// <example><code>
/// KafkaSource.Builder&lt;string&gt;()
///     .SetBootstrapServers("localhost:9092")
///     .SetTopics("my_topic")
///     .SetGroupId("my-group")
///     .SetStartingOffsets(OffsetsInitializer.Earliest())
///     .SetDeserializer(SimpleStringSchema.Instance)
///     .Build();
/// </code></example>
public static class KafkaSource
{
    /// <summary>A builder without any settings.</summary>
    /// <typeparam name="T">Type of the records.</typeparam>
    public static KafkaSourceBuilder<T> Builder<T>() => new();
}
