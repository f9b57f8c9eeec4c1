using Microsoft.Extensions.Logging;

namespace Millrace.Kafka;

/// <summary>What sources and sinks log. Event ids 5010-5099; 5000-5009 are librdkafka's own lines.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 5016, Level = LogLevel.Warning, Message = "Source '{Operator}', task {Task}, waits: {What}.")]
    public static partial void WaitsForSplit(ILogger logger, string @operator, int task, string what);

    [LoggerMessage(
        EventId = 5010,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}': looking for new partitions failed; the next attempt is in {Interval}."
    )]
    internal static partial void DiscoveryFailed(ILogger logger, Exception exception, string uid, TimeSpan? interval);

    [LoggerMessage(EventId = 5011, Level = LogLevel.Warning, Message = "Kafka source '{Uid}': no topic matches '{Pattern}' yet.")]
    internal static partial void NoTopicMatches(ILogger logger, string uid, string pattern);

    [LoggerMessage(
        EventId = 5025,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}': topic '{Topic}' does not exist at {Servers}; the source waits for it, and will read it from its "
            + "beginning. Create the topic, or correct its name."
    )]
    internal static partial void TopicMissing(ILogger logger, string uid, string topic, string? servers);

    [LoggerMessage(EventId = 5012, Level = LogLevel.Warning, Message = "Kafka source '{Uid}': a record was left out{Suppressed}. {Why}")]
    internal static partial void RecordSkipped(ILogger logger, string uid, string suppressed, string why);

    [LoggerMessage(
        EventId = 5013,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}': a record is put aside for dead-letter topic '{Topic}'{Suppressed}. {Why}"
    )]
    internal static partial void RecordDeadLettered(ILogger logger, string uid, string topic, string suppressed, string why);

    [LoggerMessage(
        EventId = 5018,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}': the dead letter of record {OriginTopic} [{Partition}] @ {Offset} has {Size} bytes, too many for "
            + "topic '{Topic}'; it is shortened."
    )]
    internal static partial void LetterShortened(
        ILogger logger,
        string uid,
        string originTopic,
        int partition,
        long offset,
        long size,
        string topic
    );

    [LoggerMessage(
        EventId = 5014,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}': the group's offsets of checkpoint {Checkpoint} could not be committed; the job's own positions "
            + "are not affected."
    )]
    internal static partial void OffsetCommitFailed(ILogger logger, Exception exception, string uid, long checkpoint);

    [LoggerMessage(EventId = 5015, Level = LogLevel.Information, Message = "Kafka source '{Uid}' task {Task}: reading {Splits}.")]
    internal static partial void SplitsAdded(ILogger logger, string uid, int task, string splits);

    [LoggerMessage(EventId = 5026, Level = LogLevel.Warning, Message = "{What} It is read from its beginning, as allowed.")]
    internal static partial void TopicRecreated(ILogger logger, string what);

    [LoggerMessage(EventId = 5017, Level = LogLevel.Error, Message = "{What} The job goes on from {Offset}, as allowed.")]
    internal static partial void LogTruncated(ILogger logger, string what, long offset);

    [LoggerMessage(
        EventId = 5019,
        Level = LogLevel.Warning,
        Message = "{Subject}: a service that the schema needs does not answer; trying again for up to {Limit}."
    )]
    internal static partial void ServiceFailed(ILogger logger, Exception exception, string subject, TimeSpan limit);

    [LoggerMessage(
        EventId = 5027,
        Level = LogLevel.Warning,
        Message = "Kafka source '{Uid}' task {Task}: {Splits} come from a checkpoint of an unbounded run and have no end, "
            + "though the source is bounded now. They keep on being read, and the job does not end by itself; "
            + "start it without state to apply the bounds, or stop it."
    )]
    internal static partial void RestoredWithoutEnd(ILogger logger, string uid, int task, string splits);

    [LoggerMessage(
        EventId = 5020,
        Level = LogLevel.Information,
        Message = "Kafka sink '{Uid}' task {Task}: committed transaction {TransactionalId} of checkpoint {Checkpoint} left by an earlier "
            + "run."
    )]
    internal static partial void TransactionRecovered(ILogger logger, string uid, int task, string transactionalId, long checkpoint);

    [LoggerMessage(EventId = 5021, Level = LogLevel.Error, Message = "Kafka sink '{Uid}' task {Task}: records are lost, as allowed.")]
    internal static partial void TransactionLost(ILogger logger, Exception exception, string uid, int task);

    [LoggerMessage(
        EventId = 5022,
        Level = LogLevel.Debug,
        Message = "Kafka sink '{Uid}' task {Task}: {TransactionalId} is free of older transactions."
    )]
    internal static partial void TransactionAborted(ILogger logger, string uid, int task, string transactionalId);

    [LoggerMessage(
        EventId = 5023,
        Level = LogLevel.Warning,
        Message = "Kafka sink '{Uid}' task {Task}: an open transaction could not be aborted at the end; the broker will when its timeout "
            + "has passed."
    )]
    internal static partial void AbortFailed(ILogger logger, Exception exception, string uid, int task);

    [LoggerMessage(
        EventId = 5024,
        Level = LogLevel.Warning,
        Message = "Kafka sink '{Uid}' task {Task}: records were not delivered; its guarantee is BestEffort."
    )]
    internal static partial void DeliveryFailed(ILogger logger, Exception exception, string uid, int task);

    [LoggerMessage(
        EventId = 5028,
        Level = LogLevel.Warning,
        Message = "The broker does not tell {Config} of topic '{Topic}', which has the progress of exactly-once sinks; if it is not "
            + "'{Expected}', progress is lost after the topic's retention and sinks write twice. Look at the topic, or give this user the "
            + "right to describe its configuration."
    )]
    internal static partial void ProgressTopicUnchecked(ILogger logger, Exception? exception, string topic, string config, string expected);

    [LoggerMessage(
        EventId = 5029,
        Level = LogLevel.Warning,
        Message = "Topic '{Topic}' has the progress of exactly-once sinks, but its {Config} is '{Actual}', expected '{Expected}' alone: "
            + "what sinks have noted that were quiet for longer than the topic's retention is deleted, and they may write twice."
    )]
    internal static partial void ProgressTopicDeletes(ILogger logger, string topic, string config, string actual, string expected);
}
