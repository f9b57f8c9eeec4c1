using System.Globalization;
using Millrace.Kafka.Interop;

namespace Millrace.Kafka.Consuming;

/// <summary>
/// Patience with topics that are new: Apache Kafka answers their creation before all brokers know them and before their partitions have
/// leaders. What fails for that reason is asked again, after waits that grow, for as long as librdkafka's own
/// <c>topic.metadata.propagation.max.ms</c> says.
/// </summary>
internal static class NewTopics
{
    internal const string PatienceProperty = "topic.metadata.propagation.max.ms";
    private static readonly TimeSpan DefaultPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(1);

    /// <summary>How long a topic may be unknown with these client properties; 10 seconds if they do not say.</summary>
    internal static TimeSpan Patience(IReadOnlyDictionary<string, string> properties) =>
        properties.TryGetValue(PatienceProperty, out string? text) && int.TryParse(text, CultureInfo.InvariantCulture, out int milliseconds)
            ? TimeSpan.FromMilliseconds(Math.Max(milliseconds, 0))
            : DefaultPatience;

    /// <summary>Whether an error may only mean that a topic is new.</summary>
    internal static bool MayBeNew(int code) =>
        code
            is ErrorCodes.UnknownTopicOrPartition
                or ErrorCodes.LeaderNotAvailable
                or ErrorCodes.NotLeaderOrFollower
                or ErrorCodes.UnknownTopic
                or ErrorCodes.UnknownPartition;

    /// <summary>Asks until the answer is no longer that a topic or a leader is unknown, or patience ends.</summary>
    /// <exception cref="KafkaClientException">The last error, when patience has ended; any other error at once.</exception>
    internal static TResult Await<TResult>(Func<TResult> ask, TimeSpan patience, CancellationToken cancellationToken)
    {
        TimeSpan waited = TimeSpan.Zero;
        TimeSpan delay = FirstDelay;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return ask();
            }
            catch (KafkaClientException e) when (MayBeNew(e.Code) && waited < patience)
            {
                // Whether it ends by time or by token, the loop finds out.
                _ = cancellationToken.WaitHandle.WaitOne(delay);
                waited += delay;
                delay = Min(Min(delay * 2, LongestDelay), patience - waited);
                if (delay <= TimeSpan.Zero)
                {
                    delay = FirstDelay;
                }
            }
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
