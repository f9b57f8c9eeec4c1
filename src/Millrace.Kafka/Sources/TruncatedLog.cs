namespace Millrace.Kafka.Sources;

/// <summary>Says that a log does not, or no longer, have what counts as read from it.</summary>
internal static class TruncatedLog
{
    private const string Cause =
        "a replica that lacked them became leader (an unclean leader election), a broker lost what it had not yet written to its disk, or "
        + "the position was given by hand and never existed";

    /// <param name="uid">The source.</param>
    /// <param name="partition">The partition.</param>
    /// <param name="position">The offset up to which it counts as read, exclusive.</param>
    /// <param name="end">Where the part ends that the log still has; negative = not known.</param>
    internal static string Describe(string uid, KafkaTopicPartition partition, long position, long end) =>
        end >= 0
            ? $"Kafka source '{uid}' partition {partition}: the log is cut off at offset {end}, but counts as read up to {position}: "
                + $"{position - end} offset(s) from {end} on are lost in the topic, and other "
                + $"records may stand in their place. Either {Cause}."
            : $"Kafka source '{uid}' partition {partition}: the log is cut off somewhere below offset {position}, up to which it counts as "
                + $"read. Either {Cause}.";

    internal static KafkaClientException Create(string what, bool canContinue) =>
        new(
            what
                + (
                    canContinue
                        ? " Go on where the log was cut off with .SetContinueOnTruncatedLogs(true) on the source's builder, or start from "
                            + "a savepoint of before. Against the first cause set "
                            + "unclean.leader.election.enable=false and min.insync.replicas for the topic."
                        : " Start from a savepoint of before, correct the position, or accept the gap with "
                            + ".SetProperty(\"auto.offset.reset\", \"earliest\"). Against the first cause set "
                            + "unclean.leader.election.enable=false and min.insync.replicas for the topic."
                )
        )
        {
            SuppressesRestarts = true,
        };
}
