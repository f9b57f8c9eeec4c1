using Microsoft.Extensions.Logging;

namespace Millrace.Hosting;

internal static partial class Log
{
    [LoggerMessage(EventId = 8001, Level = LogLevel.Warning, Message = "No job was added; call AddJob in AddMillrace.")]
    public static partial void NoJobs(ILogger logger);

    [LoggerMessage(
        EventId = 8002,
        Level = LogLevel.Warning,
        Message = "Checkpoints are kept in memory and end with the process; set Millrace:CheckpointDirectory, UseDirectory or "
            + "UseCheckpointStore."
    )]
    public static partial void CheckpointsInMemory(ILogger logger);

    [LoggerMessage(EventId = 8003, Level = LogLevel.Information, Message = "Job '{Job}' has finished.")]
    public static partial void Finished(ILogger logger, string job);

    [LoggerMessage(EventId = 8004, Level = LogLevel.Information, Message = "Job '{Job}' was cancelled.")]
    public static partial void Cancelled(ILogger logger, string job);

    [LoggerMessage(EventId = 8005, Level = LogLevel.Critical, Message = "Job '{Job}' has failed for good.")]
    public static partial void Failed(ILogger logger, Exception failure, string job);

    [LoggerMessage(EventId = 8006, Level = LogLevel.Information, Message = "Job '{Job}' has stopped with savepoint {Location}.")]
    public static partial void Stopped(ILogger logger, string job, string location);

    [LoggerMessage(
        EventId = 8007,
        Level = LogLevel.Warning,
        Message = "Job '{Job}' has not stopped with a savepoint in time; it goes on from its last checkpoint or savepoint when it is "
            + "started again."
    )]
    public static partial void NoSavepoint(ILogger logger, Exception failure, string job);

    [LoggerMessage(
        EventId = 8008,
        Level = LogLevel.Warning,
        Message = "Job '{Job}' had not ended when the host's shutdown timeout was over."
    )]
    public static partial void NotEnded(ILogger logger, string job);
}
