using Microsoft.Extensions.Logging;

namespace Millrace.Kafka.Interop;

/// <summary>librdkafka's log lines in .NET's log. Event ids 5000-5009.</summary>
internal static partial class KafkaLog
{
    [LoggerMessage(EventId = 5000, Message = "librdkafka {Facility}: {Text}")]
    internal static partial void Line(ILogger logger, LogLevel level, string facility, string text);

    [LoggerMessage(EventId = 5001, Message = "Kafka client error {Name}: {Reason}")]
    internal static partial void ClientError(ILogger logger, LogLevel level, string name, string reason);
}
