using Millrace.Errors;
using Millrace.Kafka.Sinks;

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

    /// <summary>
    /// A builder of a sink for <see cref="UserCodeErrorPolicy.DeadLetter"/>: writes the original records with
    /// <see cref="DeadLetterHeaders"/>, so that <c>millrace dlq redrive</c> can send them back. With
    /// <see cref="DeliveryGuarantee.ExactlyOnce"/> leave the prefix of transactional ids out: every stage of the job has a writer.
    /// </summary>
    /// <param name="topic">The dead-letter topic.</param>
    public static KafkaSinkBuilder<DeadLetter> DeadLetters(string topic) =>
        new KafkaSinkBuilder<DeadLetter>().SetTopic(topic).SetRecordSerializer(new DeadLetterSerializationSchema());
}
