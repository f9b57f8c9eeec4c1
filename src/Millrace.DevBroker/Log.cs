using System.Net;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Faults;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker;

/// <summary>Every log line of the network and of requests. Event ids 6000 to 6099.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 6000, Level = LogLevel.Debug, Message = "Connection {ConnectionId} from {Remote} opened")]
    public static partial void ConnectionOpened(ILogger logger, long connectionId, EndPoint? remote);

    [LoggerMessage(EventId = 6001, Level = LogLevel.Debug, Message = "Connection {ConnectionId} closed")]
    public static partial void ConnectionClosed(ILogger logger, long connectionId);

    [LoggerMessage(EventId = 6002, Level = LogLevel.Warning, Message = "Connection {ConnectionId} from {Remote} is closed: {Reason}")]
    public static partial void ConnectionRefused(ILogger logger, long connectionId, EndPoint? remote, string reason);

    [LoggerMessage(EventId = 6003, Level = LogLevel.Debug, Message = "Connection {ConnectionId} is gone: {Reason}")]
    public static partial void ConnectionLost(ILogger logger, long connectionId, string reason);

    [LoggerMessage(
        EventId = 6004,
        Level = LogLevel.Error,
        Message = "Connection {ConnectionId} from {Remote} is closed after an unexpected failure"
    )]
    public static partial void ConnectionFailed(ILogger logger, long connectionId, EndPoint? remote, Exception failure);

    [LoggerMessage(
        EventId = 6005,
        Level = LogLevel.Error,
        Message = "{Api} version {Version} on connection {ConnectionId} failed and is answered with an error"
    )]
    public static partial void RequestFailed(ILogger logger, ApiKey api, short version, long connectionId, Exception failure);

    [LoggerMessage(EventId = 6006, Level = LogLevel.Warning, Message = "A connection could not be accepted: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(
        EventId = 6007,
        Level = LogLevel.Warning,
        Message = "The connection from {Remote} is refused: {Limit} connections are open, which is the limit (MaxConnections)"
    )]
    public static partial void TooManyConnections(ILogger logger, EndPoint? remote, int limit);

    [LoggerMessage(
        EventId = 6010,
        Level = LogLevel.Information,
        Message = "Development broker listens on {BootstrapServers}; it is for development and tests only"
    )]
    public static partial void Listening(ILogger logger, string bootstrapServers);

    [LoggerMessage(EventId = 6020, Level = LogLevel.Error, Message = "Appending to {Partition} failed")]
    public static partial void AppendFailed(ILogger logger, string partition, Exception failure);

    [LoggerMessage(
        EventId = 6021,
        Level = LogLevel.Warning,
        Message = "The summary of segment {BaseOffset} of {Partition} could not be written; the next start reads the segment instead"
    )]
    public static partial void SummaryFailed(ILogger logger, string partition, long baseOffset, Exception failure);

    [LoggerMessage(
        EventId = 6022,
        Level = LogLevel.Warning,
        Message = "The log of {Partition} ends at offset {EndOffset}: the {Bytes} bytes behind it are no whole batch and are cut off"
    )]
    public static partial void TornTail(ILogger logger, string partition, long endOffset, int bytes);

    [LoggerMessage(EventId = 6023, Level = LogLevel.Information, Message = "Compacted {Partition}: {Before} bytes became {After}")]
    public static partial void Compacted(ILogger logger, string partition, long before, long after);

    [LoggerMessage(EventId = 6024, Level = LogLevel.Warning, Message = "Cleaning {Partition} failed; it is tried again at the next round")]
    public static partial void CleaningFailed(ILogger logger, string partition, Exception failure);

    [LoggerMessage(
        EventId = 6025,
        Level = LogLevel.Information,
        Message = "{Partition} holds compressed batches that cannot be opened; compaction keeps them, and tombstones, as they are"
    )]
    public static partial void ClosedKept(ILogger logger, string partition);

    [LoggerMessage(
        EventId = 6030,
        Level = LogLevel.Warning,
        Message = "Journal {Path} ends with {Bytes} bytes that are no whole entry; they are cut off"
    )]
    public static partial void TornJournal(ILogger logger, string path, long bytes);

    [LoggerMessage(EventId = 6031, Level = LogLevel.Information, Message = "Topic {Topic} with {Partitions} partitions created")]
    public static partial void TopicCreated(ILogger logger, string topic, int partitions);

    [LoggerMessage(EventId = 6032, Level = LogLevel.Information, Message = "Topic {Topic} deleted")]
    public static partial void TopicDeleted(ILogger logger, string topic);

    [LoggerMessage(EventId = 6033, Level = LogLevel.Information, Message = "Injected fault on connection {ConnectionId}: {Fault} at {Api}")]
    public static partial void FaultInjected(ILogger logger, long connectionId, FaultKind fault, ApiKey api);
}
