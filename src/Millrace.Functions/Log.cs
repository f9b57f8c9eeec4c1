using Microsoft.Extensions.Logging;

namespace Millrace.Functions;

/// <summary>What the function app logs. Event ids 7100-7199.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 7100, Level = LogLevel.Error, Message = "Job '{Job}': the tick failed; the next one tries again.")]
    public static partial void TickFailed(ILogger logger, Exception exception, string job);
}
