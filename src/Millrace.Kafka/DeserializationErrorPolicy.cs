using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka;

/// <summary>Decides about records that cannot be deserialized. Immutable.</summary>
/// <remarks>What lies outside the record is never decided here: an <see cref="Connectors.ExternalServiceException"/> of the schema, such as
/// a registry that does not answer, is waited out and then fails the run.</remarks>
public sealed class DeserializationErrorPolicy
{
    private static readonly string[] Owned = ["transactional.id", "delivery.report.only.error"];
    private readonly Func<KafkaDeserializationException, DeserializationErrorAction> _decide;

    private DeserializationErrorPolicy(
        Func<KafkaDeserializationException, DeserializationErrorAction> decide,
        string? deadLetterTopic,
        DeadLetterOptions? letters = null,
        ISink<DeadLetter>? sink = null
    )
    {
        _decide = decide;
        DeadLetterTopic = deadLetterTopic;
        DeadLetters = letters ?? new DeadLetterOptions();
        DeadLetterSink = sink;
    }

    /// <summary>Fails the run. The default.</summary>
    public static DeserializationErrorPolicy Fail { get; } = new(static _ => DeserializationErrorAction.Fail, null);

    /// <summary>Leaves such records out; each is logged.</summary>
    public static DeserializationErrorPolicy Skip { get; } = new(static _ => DeserializationErrorAction.Skip, null);

    /// <summary>Where dead letters go, if any do.</summary>
    public string? DeadLetterTopic { get; }

    /// <summary>The sink that dead letters go to, where the source does not write them to <see cref="DeadLetterTopic"/> itself.</summary>
    public ISink<DeadLetter>? DeadLetterSink { get; }

    /// <summary>How dead letters are written.</summary>
    public DeadLetterOptions DeadLetters { get; }

    /// <summary>
    /// Sends such records to a topic of the same cluster: original key, value, timestamp and headers, and the headers of
    /// <see cref="DeadLetterHeaders"/>. At least once: a checkpoint waits for their acknowledgement, and a restart may send some again,
    /// with the same <see cref="DeadLetterHeaders.Id"/>. With a sink they are as exact as that.
    /// </summary>
    /// <param name="topic">The dead-letter topic.</param>
    /// <param name="options">How the letters are written; <see langword="null"/> = as the defaults of <see cref="DeadLetterOptions"/>
    /// say.</param>
    public static DeserializationErrorPolicy DeadLetter(string topic, DeadLetterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return new DeserializationErrorPolicy(static _ => DeserializationErrorAction.DeadLetter, topic, options);
    }

    /// <summary>
    /// Writes such records to a sink, which each task of the source has: they are committed with the rest of its checkpoint or batch, so
    /// that with <see cref="DeliveryGuarantee.ExactlyOnce"/> each letter is there once.
    /// </summary>
    /// <param name="sink">The sink, of <see cref="KafkaSink.DeadLetters"/>.</param>
    public static DeserializationErrorPolicy DeadLetter(ISink<DeadLetter> sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        return Of(static _ => DeserializationErrorAction.DeadLetter, sink);
    }

    /// <summary>Asks a function about each such record, and writes letters to a sink.</summary>
    /// <param name="decide">Decides; called on the task's thread.</param>
    /// <param name="sink">The sink.</param>
    public static DeserializationErrorPolicy Of(
        Func<KafkaDeserializationException, DeserializationErrorAction> decide,
        ISink<DeadLetter> sink
    )
    {
        ArgumentNullException.ThrowIfNull(decide);
        ArgumentNullException.ThrowIfNull(sink);
        return new DeserializationErrorPolicy(decide, deadLetterTopic: null, letters: null, sink);
    }

    /// <summary>Asks a function about each such record.</summary>
    /// <param name="decide">Decides; called on the task's thread.</param>
    /// <param name="deadLetterTopic">The dead-letter topic; needed when <paramref name="decide"/> may answer
    /// <see cref="DeserializationErrorAction.DeadLetter"/>.</param>
    /// <param name="options">How dead letters are written; <see langword="null"/> = as the defaults of <see cref="DeadLetterOptions"/>
    /// say.</param>
    public static DeserializationErrorPolicy Of(
        Func<KafkaDeserializationException, DeserializationErrorAction> decide,
        string? deadLetterTopic = null,
        DeadLetterOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(decide);
        return new DeserializationErrorPolicy(decide, deadLetterTopic, options);
    }

    internal DeserializationErrorAction Decide(KafkaDeserializationException error) => _decide(error);

    internal void Validate(ICollection<string> errors)
    {
        DeadLetterSink?.Validate(errors);
        if (DeadLetters.ShortenedBytes is < 0 or > DeadLetterOptions.MaxShortenedBytes)
        {
            errors.Add(
                $"DeadLetterOptions.ShortenedBytes is {DeadLetters.ShortenedBytes}, expected 0 to {DeadLetterOptions.MaxShortenedBytes}; "
                    + "choose a number in between."
            );
        }

        foreach (string name in Owned)
        {
            if (DeadLetters.ProducerProperties.ContainsKey(name))
            {
                errors.Add($"DeadLetterOptions.ProducerProperties has '{name}', which the source sets itself; remove it.");
            }
        }

        if (ConnectionProperties.WeakAcks(DeadLetters.ProducerProperties) is { } acks)
        {
            errors.Add(
                $"DeadLetterOptions.ProducerProperties has {acks}, expected acks = all: a checkpoint counts letters as written; remove it."
            );
        }

        KafkaClient.Validate(DeadLetters.ProducerProperties, errors);
    }
}
