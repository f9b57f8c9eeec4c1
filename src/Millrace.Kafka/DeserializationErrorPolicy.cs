namespace Millrace.Kafka;

/// <summary>Decides about records that cannot be deserialized. Immutable.</summary>
public sealed class DeserializationErrorPolicy
{
    private readonly Func<KafkaDeserializationException, DeserializationErrorAction> _decide;

    private DeserializationErrorPolicy(Func<KafkaDeserializationException, DeserializationErrorAction> decide, string? deadLetterTopic)
    {
        _decide = decide;
        DeadLetterTopic = deadLetterTopic;
    }

    /// <summary>Fails the run. The default.</summary>
    public static DeserializationErrorPolicy Fail { get; } = new(static _ => DeserializationErrorAction.Fail, null);

    /// <summary>Leaves such records out; each is logged.</summary>
    public static DeserializationErrorPolicy Skip { get; } = new(static _ => DeserializationErrorAction.Skip, null);

    /// <summary>Where dead letters go, if any do.</summary>
    public string? DeadLetterTopic { get; }

    /// <summary>Sends such records to a topic of the same cluster: original key, value, timestamp and headers, and the headers of <see cref="DeadLetterHeaders"/>.
    /// At least once: a checkpoint waits for their acknowledgement, and a restart may send some again.</summary>
    /// <param name="topic">The dead-letter topic.</param>
    public static DeserializationErrorPolicy DeadLetter(string topic)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        return new DeserializationErrorPolicy(static _ => DeserializationErrorAction.DeadLetter, topic);
    }

    /// <summary>Asks a function about each such record.</summary>
    /// <param name="decide">Decides; called on the task's thread.</param>
    /// <param name="deadLetterTopic">The dead-letter topic; needed when <paramref name="decide"/> may answer <see cref="DeserializationErrorAction.DeadLetter"/>.</param>
    public static DeserializationErrorPolicy Of(
        Func<KafkaDeserializationException, DeserializationErrorAction> decide, string? deadLetterTopic = null)
    {
        ArgumentNullException.ThrowIfNull(decide);
        return new DeserializationErrorPolicy(decide, deadLetterTopic);
    }

    internal DeserializationErrorAction Decide(KafkaDeserializationException error) => _decide(error);
}
