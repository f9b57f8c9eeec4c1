using System.Net;
using Microsoft.Extensions.Logging;
using Millrace.DevBroker.Protocol;

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

    [LoggerMessage(EventId = 6004, Level = LogLevel.Error, Message = "Connection {ConnectionId} from {Remote} is closed after an unexpected failure")]
    public static partial void ConnectionFailed(ILogger logger, long connectionId, EndPoint? remote, Exception failure);

    [LoggerMessage(EventId = 6005, Level = LogLevel.Error, Message = "{Api} version {Version} on connection {ConnectionId} failed and is answered with an error")]
    public static partial void RequestFailed(ILogger logger, ApiKey api, short version, long connectionId, Exception failure);

    [LoggerMessage(EventId = 6006, Level = LogLevel.Warning, Message = "A connection could not be accepted: {Reason}")]
    public static partial void AcceptFailed(ILogger logger, string reason);

    [LoggerMessage(EventId = 6007, Level = LogLevel.Warning, Message = "The connection from {Remote} is refused: {Limit} connections are open, which is the limit (MaxConnections)")]
    public static partial void TooManyConnections(ILogger logger, EndPoint? remote, int limit);

    [LoggerMessage(EventId = 6010, Level = LogLevel.Information, Message = "Development broker listens on {BootstrapServers}; it is for development and tests only")]
    public static partial void Listening(ILogger logger, string bootstrapServers);
}
