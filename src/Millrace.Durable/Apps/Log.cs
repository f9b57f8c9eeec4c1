using Microsoft.Extensions.Logging;

namespace Millrace.Durable.Apps;

/// <summary>What the jobs of an app log. Event ids 7100-7109.</summary>
internal static partial class Log
{
    [LoggerMessage(EventId = 7100, Level = LogLevel.Error, Message = "Job '{Job}': the tick failed; the next ones try again.")]
    public static partial void TickFailed(ILogger logger, Exception exception, string job);

    [LoggerMessage(EventId = 7103, Level = LogLevel.Information, Message = "Job '{Job}': ticks go on.")]
    public static partial void TicksAgain(ILogger logger, string job);

    [LoggerMessage(
        EventId = 7104,
        Level = LogLevel.Debug,
        Message = "Job '{Job}', task {Task}: what this process kept of it is not its state any more, and is given up."
    )]
    public static partial void WarmGivenUp(ILogger logger, string job, string task);

    [LoggerMessage(
        EventId = 7101,
        Level = LogLevel.Warning,
        Message = "Job '{Job}', task {Stage}/{Task}: how much output it holds could not be told; the next batch tells it."
    )]
    public static partial void ReportFailed(ILogger logger, Exception exception, string job, string stage, int task);

    [LoggerMessage(
        EventId = 7102,
        Level = LogLevel.Warning,
        Message = "Blobs of states that were never saved could not be looked for below '{Folder}'; it is tried again later."
    )]
    public static partial void CollectFailed(ILogger logger, Exception exception, string folder);
}
