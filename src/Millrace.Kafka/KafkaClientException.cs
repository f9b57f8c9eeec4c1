using Millrace.Connectors;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka;

/// <summary>
/// An error that librdkafka or the broker reported. The message names what was tried, what came back and what to do about it.
/// </summary>
public sealed class KafkaClientException : Exception, ISuppressRestarts
{
    /// <summary>Creates an exception without a code.</summary>
    public KafkaClientException() { }

    /// <summary>Creates an exception without a code.</summary>
    /// <param name="message">What happened.</param>
    public KafkaClientException(string message)
        : base(message) { }

    /// <summary>Creates an exception without a code.</summary>
    /// <param name="message">What happened.</param>
    /// <param name="innerException">Why.</param>
    public KafkaClientException(string message, Exception innerException)
        : base(message, innerException) { }

    internal KafkaClientException(
        string message,
        int code,
        string codeName,
        bool isFatal,
        bool isRetriable,
        Exception? innerException = null
    )
        : base(message, innerException)
    {
        Code = code;
        CodeName = codeName;
        IsFatal = isFatal;
        IsRetriable = isRetriable;
    }

    /// <summary>The error code: positive = from the broker (Kafka's protocol), negative = from librdkafka, 0 = none.</summary>
    public int Code { get; }

    /// <summary>Name of <see cref="Code"/>, such as <c>UNKNOWN_TOPIC_OR_PART</c>.</summary>
    public string CodeName { get; } = "";

    /// <summary>Whether a topic or partition does not exist.</summary>
    internal bool IsMissingTopic => Code is ErrorCodes.UnknownTopicOrPartition or ErrorCodes.UnknownTopic or ErrorCodes.UnknownPartition;

    /// <summary>Whether the client instance can no longer be used, for instance because a newer producer has fenced it.</summary>
    public bool IsFatal { get; }

    /// <summary>Whether the same call may succeed when repeated.</summary>
    public bool IsRetriable { get; }

    /// <summary>
    /// Whether another attempt is bound to fail the same way: a right, a topic's or the cluster's configuration, or a position is missing.
    /// The job ends with it instead of being restarted.
    /// </summary>
    public bool SuppressesRestarts { get; internal init; }
}
