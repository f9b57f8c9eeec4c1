using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Storage;

/// <summary>How an append went.</summary>
/// <param name="Error">None, also for a repeat of a batch that is there already.</param>
/// <param name="BaseOffset">Offset of the first record, of the original for a repeat; -1 if nothing was appended.</param>
/// <param name="LogAppendTime">Timestamp that replaced the records' own, -1 if none did.</param>
/// <param name="EndOffset">End of the log after the append; what must be durable before it is acknowledged.</param>
/// <param name="Message">What is wrong, for the producer.</param>
internal readonly record struct AppendResult(ErrorCode Error, long BaseOffset, long LogAppendTime, long EndOffset, string? Message = null)
{
    public static AppendResult Failed(ErrorCode error, string message) => new(error, -1, -1, -1, message);
}
