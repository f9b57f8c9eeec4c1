using System.ComponentModel.DataAnnotations;

namespace Millrace.Kafka;

/// <summary>How dead letters are written. Immutable.</summary>
public sealed record DeadLetterOptions
{
    internal const int MaxShortenedBytes = 100_000;

    /// <summary>
    /// Properties of librdkafka's producer of the letters, beside those by which the source reaches its cluster. Default: none;
    /// <c>message.max.bytes</c> is 1,000,000,000 then, the most there is, so that only the topic's <c>max.message.bytes</c> bounds a
    /// letter, and the producer is idempotent.
    /// </summary>
    public IReadOnlyDictionary<string, string> ProducerProperties { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>
    /// What happens to a letter that is too large for the topic with its headers. Default: <see cref="OversizedLetterAction.Fail"/>. A
    /// letter that cannot be written for another reason, such as a topic that is missing or a right, always fails the run.
    /// </summary>
    public OversizedLetterAction WhenTooLarge { get; init; } = OversizedLetterAction.Fail;

    /// <summary>
    /// How many bytes of the value a shortened letter keeps. A key, and the headers of the original, are kept if they are not longer than
    /// this. Default 1024; 0 to 100,000.
    /// </summary>
    [Range(0, MaxShortenedBytes)]
    public int ShortenedBytes { get; init; } = 1024;
}
