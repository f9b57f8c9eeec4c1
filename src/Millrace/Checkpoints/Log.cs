using Microsoft.Extensions.Logging;

namespace Millrace.Checkpoints;

/// <summary>Log messages of checkpoint storage: events 3100 to 3199.</summary>
internal static partial class Log
{
    [LoggerMessage(
        EventId = 3100,
        Level = LogLevel.Information,
        Message = "Job '{Job}' is owned by run {Epoch}; {Count} complete checkpoints, the last is {LastCheckpointId}"
    )]
    public static partial void JobAcquired(ILogger logger, string job, long epoch, int count, long lastCheckpointId);

    [LoggerMessage(
        EventId = 3101,
        Level = LogLevel.Debug,
        Message = "Job '{Job}': {Kind} {CheckpointId} of {Size} bytes is complete in '{Folder}'"
    )]
    public static partial void Completed(ILogger logger, string job, CheckpointKind kind, long checkpointId, long size, string folder);

    [LoggerMessage(
        EventId = 3102,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': {Kind} {CheckpointId} in '{Folder}' cannot be restored, falling back to the one before it"
    )]
    public static partial void FallingBack(
        ILogger logger,
        Exception exception,
        string job,
        CheckpointKind kind,
        long checkpointId,
        string folder
    );

    [LoggerMessage(
        EventId = 3103,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': objects of '{Folder}' were not deleted; a later start of the job tries again"
    )]
    public static partial void DeletionFailed(ILogger logger, Exception exception, string job, string folder);

    [LoggerMessage(
        EventId = 3104,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': its pointer is damaged and is replaced, since the run does not start from what it lists"
    )]
    public static partial void PointerReplaced(ILogger logger, Exception exception, string job);
}
