using Microsoft.Extensions.Logging;

namespace Millrace.Errors;

/// <summary>What is logged about errors of user code. Event ids 3400-3499.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 3401, Level = LogLevel.Warning, Message = "Job '{Job}', operator '{Uid}': a record was left out{Suppressed}.")]
    public static partial void RecordSkipped(ILogger logger, Exception exception, string job, string uid, string suppressed);

    [LoggerMessage(
        EventId = 3402,
        Level = LogLevel.Warning,
        Message = "Job '{Job}', operator '{Uid}': a record was sent to the dead letters{Suppressed}."
    )]
    public static partial void RecordDeadLettered(ILogger logger, Exception exception, string job, string uid, string suppressed);
}
