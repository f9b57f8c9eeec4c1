using Microsoft.Extensions.Logging;

namespace Millrace.Runtime;

internal static partial class Log
{
    [LoggerMessage(EventId = 3001, Level = LogLevel.Information, Message = "Job '{Job}' starts{From}.")]
    public static partial void Starting(ILogger logger, string job, string from);

    [LoggerMessage(
        EventId = 3002,
        Level = LogLevel.Information,
        Message = "Job '{Job}' has processed all its input; the last checkpoint follows."
    )]
    public static partial void InputProcessed(ILogger logger, string job);

    [LoggerMessage(
        EventId = 3003,
        Level = LogLevel.Debug,
        Message = "Job '{Job}': checkpoint {CheckpointId} complete, {Size} bytes in {Milliseconds:F0} ms."
    )]
    public static partial void CheckpointCompleted(ILogger logger, string job, long checkpointId, long size, double milliseconds);

    [LoggerMessage(EventId = 3004, Level = LogLevel.Warning, Message = "Job '{Job}': checkpoint {CheckpointId} failed.")]
    public static partial void CheckpointFailed(ILogger logger, Exception failure, string job, long checkpointId);

    [LoggerMessage(EventId = 3005, Level = LogLevel.Error, Message = "Job '{Job}' failed; it restarts in {Delay}.")]
    public static partial void Restarting(ILogger logger, Exception failure, string job, TimeSpan delay);

    [LoggerMessage(EventId = 3006, Level = LogLevel.Error, Message = "Job '{Job}' failed for good.")]
    public static partial void Failed(ILogger logger, Exception failure, string job);

    [LoggerMessage(EventId = 3007, Level = LogLevel.Information, Message = "Job '{Job}': source '{Source}' has {Count} new splits.")]
    public static partial void SplitsDiscovered(ILogger logger, string job, string source, int count);

    [LoggerMessage(
        EventId = 3008,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': looking for new splits of source '{Source}' failed; it is tried again."
    )]
    public static partial void DiscoveryFailed(ILogger logger, Exception failure, string job, string source);

    [LoggerMessage(EventId = 3009, Level = LogLevel.Warning, Message = "Job '{Job}': closing task {TaskId} failed.")]
    public static partial void CloseFailed(ILogger logger, Exception failure, string job, string taskId);

    [LoggerMessage(EventId = 3010, Level = LogLevel.Information, Message = "Job '{Job}' ended: {Status}.")]
    public static partial void Ended(ILogger logger, string job, JobStatus status);

    [LoggerMessage(
        EventId = 3012,
        Level = LogLevel.Warning,
        Message = "Job '{Job}' has finished, but its checkpoints were not deleted. Started again under this name it goes on from the last "
            + "one, and so ends at once."
    )]
    public static partial void CheckpointsNotDeleted(ILogger logger, Exception failure, string job);

    [LoggerMessage(
        EventId = 3014,
        Level = LogLevel.Information,
        Message = "Job '{Job}' is restored: {Bytes} bytes of parts in {Seconds:F1} s."
    )]
    public static partial void Restored(ILogger logger, string job, long bytes, double seconds);

    [LoggerMessage(EventId = 3013, Level = LogLevel.Warning, Message = "Job '{Job}': {Warning}")]
    public static partial void MayBeAMistake(ILogger logger, string job, string warning);

    [LoggerMessage(
        EventId = 3011,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': task {TaskId} has not ended {Seconds} s after it was cancelled; a function or connector in it waits "
            + "without observing its cancellation token."
    )]
    public static partial void TaskDoesNotEnd(ILogger logger, string job, string taskId, double seconds);
}
