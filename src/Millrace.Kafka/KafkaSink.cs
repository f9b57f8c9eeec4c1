using Millrace.Connectors;
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
    /// A builder of a sink for <see cref="UserCodeErrorPolicy.DeadLetter"/> and
    /// <see cref="DeserializationErrorPolicy.DeadLetter(ISink{DeadLetter})"/>: writes the original records with
    /// <see cref="DeadLetterHeaders"/>, so that <c>millrace dlq redrive</c> can send them back. With
    /// <see cref="DeliveryGuarantee.ExactlyOnce"/> a prefix of transactional ids is followed by the uid of each stage's writer. The
    /// producer's <c>message.max.bytes</c> is the most there is, so that only the topic's <c>max.message.bytes</c> bounds a letter.
    /// </summary>
    /// <param name="topic">The dead-letter topic.</param>
    /// <param name="maxBytes">Letters about records whose key, value and headers have more bytes than this keep only the first 1024 of the
    /// value, and key and headers if they have no more; choose what the topic takes, less 8192 for the letter's own headers.
    /// <see langword="null"/>, the default, = letters are whole, and one that the topic does not take fails the run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxBytes"/> is below 4096.</exception>
    public static KafkaSinkBuilder<DeadLetter> DeadLetters(string topic, int? maxBytes = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(
            maxBytes ?? int.MaxValue,
            DeadLetterSerializationSchema.LeastMaxBytes,
            nameof(maxBytes)
        );
        return new KafkaSinkBuilder<DeadLetter>()
            .SetTopic(topic)
            .SetProperty("message.max.bytes", "1000000000")
            .SetRecordSerializer(new DeadLetterSerializationSchema(maxBytes ?? int.MaxValue));
    }
}
