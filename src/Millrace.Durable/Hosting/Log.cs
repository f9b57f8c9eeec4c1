using Microsoft.Extensions.Logging;

namespace Millrace.Durable.Hosting;

/// <summary>What trigger-driven hosts log. Event ids 7000-7099.</summary>
internal static partial class Log
{
    [LoggerMessage(
        EventId = 7001,
        Level = LogLevel.Information,
        Message = "Job '{Job}' is incarnation {Incarnation}, restored from {Savepoint}."
    )]
    public static partial void Opened(ILogger logger, string job, int incarnation, string savepoint);

    [LoggerMessage(
        EventId = 7002,
        Level = LogLevel.Warning,
        Message = "Job '{Job}', partition {Partition}: a ledger write failed and may have happened; the ledger is read again."
    )]
    public static partial void LedgerWriteInDoubt(ILogger logger, Exception exception, string job, string partition);

    [LoggerMessage(
        EventId = 7003,
        Level = LogLevel.Information,
        Message = "Job '{Job}', partition {Partition}: offsets {From} to {To} were read back, {Count} records."
    )]
    public static partial void ReadBack(ILogger logger, string job, string partition, long from, long to, int count);

    [LoggerMessage(
        EventId = 7004,
        Level = LogLevel.Warning,
        Message = "Job '{Job}', partition {Partition}: nobody has moved it for long; it is completed up to offset {Last}."
    )]
    public static partial void Repairing(ILogger logger, string job, string partition, long last);

    [LoggerMessage(
        EventId = 7005,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': channel {Channel} lacks positions after {Applied}; they are sent again up to {Sent}."
    )]
    public static partial void Resending(ILogger logger, string job, string channel, long applied, long sent);

    [LoggerMessage(
        EventId = 7006,
        Level = LogLevel.Error,
        Message = "Job '{Job}', task {Stage}/{Task}: operation '{Operation}' failed; its input is kept and tried again."
    )]
    public static partial void OperationFailed(ILogger logger, Exception exception, string job, string stage, int task, string operation);

    [LoggerMessage(
        EventId = 7007,
        Level = LogLevel.Error,
        Message = "Job '{Job}', task {Stage}/{Task}: records for sink '{Sink}' were not accepted; they stay in the outbox and are tried "
            + "again."
    )]
    public static partial void SinkFailed(ILogger logger, Exception exception, string job, string stage, int task, string sink);

    [LoggerMessage(
        EventId = 7008,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': repairing partition {Partition} failed; the next tick tries again."
    )]
    public static partial void RepairFailed(ILogger logger, Exception exception, string job, string partition);

    [LoggerMessage(
        EventId = 7010,
        Level = LogLevel.Error,
        Message = "Job '{Job}', task {Stage}/{Task}: an envelope cannot be read and is dropped; what it held is sent again by a tick."
    )]
    public static partial void OperationDropped(ILogger logger, Exception exception, string job, string stage, int task);

    [LoggerMessage(
        EventId = 7011,
        Level = LogLevel.Warning,
        Message = "Job '{Job}', task {Stage}/{Task} holds {Bytes} bytes of output: the job's sources wait. {Reason}"
    )]
    public static partial void BackPressure(ILogger logger, string job, string stage, int task, long bytes, string reason);

    [LoggerMessage(EventId = 7012, Level = LogLevel.Information, Message = "Job '{Job}', task {Stage}/{Task} has got rid of its output.")]
    public static partial void BackPressureReleased(ILogger logger, string job, string stage, int task);

    [LoggerMessage(
        EventId = 7013,
        Level = LogLevel.Critical,
        Message = "Job '{Job}' is suspended, since another attempt would fail the same way."
    )]
    public static partial void SuspendedForGood(ILogger logger, Exception exception, string job);

    [LoggerMessage(
        EventId = 7014,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': it could not be suspended; it is tried again with the next failure."
    )]
    public static partial void SuspendFailed(ILogger logger, Exception exception, string job);

    [LoggerMessage(EventId = 7009, Level = LogLevel.Information, Message = "Job '{Job}': savepoint '{Path}' is complete.")]
    public static partial void SavepointCompleted(ILogger logger, string job, string path);

    [LoggerMessage(
        EventId = 7015,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': reading source '{Source}', which has no trigger, failed; the next ticks go on."
    )]
    public static partial void PullFailed(ILogger logger, Exception exception, string job, string source);

    [LoggerMessage(
        EventId = 7016,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': what channel {Channel} lacks cannot be read from its topic; it is tried again and again."
    )]
    public static partial void ResendFailed(ILogger logger, Exception exception, string job, string channel);

    [LoggerMessage(
        EventId = 7017,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': partition {Partition} cannot be looked at; its windows wait until a tick can."
    )]
    public static partial void PartitionUnknown(ILogger logger, Exception exception, string job, string partition);

    [LoggerMessage(
        EventId = 7018,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': source '{Source}' cannot be looked at; its windows wait until a tick can."
    )]
    public static partial void SourceUnknown(ILogger logger, Exception exception, string job, string source);

    [LoggerMessage(
        EventId = 7019,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': RestoreFrom is '{Path}', from which it has started before it started from '{Current}'; it goes on from "
            + "what it has. To start from it once more, append '#' and any word to the setting."
    )]
    public static partial void NotTakenAgain(ILogger logger, string job, string path, string current);

    [LoggerMessage(
        EventId = 7020,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': {Count} channels stand still, the first at task {Stage}/{Task}, which has applied {Applied} of {Sent} "
            + "since {Since}."
    )]
    public static partial void Stalled(
        ILogger logger,
        string job,
        int count,
        string stage,
        int task,
        long applied,
        long sent,
        DateTimeOffset since
    );

    [LoggerMessage(EventId = 7021, Level = LogLevel.Information, Message = "Job '{Job}': nothing stands still any more.")]
    public static partial void StallsAreOver(ILogger logger, string job);

    [LoggerMessage(
        EventId = 7022,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': what stands still cannot be seen now; it is looked for again and again."
    )]
    public static partial void StallWatchFailed(ILogger logger, Exception exception, string job);

    [LoggerMessage(
        EventId = 7023,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': that no savepoint is being taken any more could not be told; the next one may begin at {Until}."
    )]
    public static partial void ClaimKept(ILogger logger, Exception exception, string job, DateTimeOffset until);

    [LoggerMessage(
        EventId = 7024,
        Level = LogLevel.Warning,
        Message = "Job '{Job}': a savepoint failed, and the job could not be resumed; it stays suspended. POST jobs/{{job}}/resume lets it "
            + "go on."
    )]
    public static partial void NotResumed(ILogger logger, Exception exception, string job);

    [LoggerMessage(
        EventId = 7025,
        Level = LogLevel.Error,
        Message = "Job '{Job}', task {Stage}/{Task} refused {Envelope}: it overlaps in part what the task has applied, which must never "
            + "be. Report it."
    )]
    public static partial void EnvelopeRefused(ILogger logger, string job, string stage, int task, string envelope);

    [LoggerMessage(
        EventId = 7026,
        Level = LogLevel.Information,
        Message = "Job '{Job}': {Count} ledgers have been moved out of blobs into the table; processes of earlier versions can no longer "
            + "work."
    )]
    public static partial void LedgersMoved(ILogger logger, string job, int count);

    [LoggerMessage(EventId = 7027, Level = LogLevel.Warning, Message = "Job '{Job}': a task that is not needed any more did not close.")]
    public static partial void NotClosed(ILogger logger, Exception exception, string job);

    [LoggerMessage(
        EventId = 7028,
        Level = LogLevel.Debug,
        Message = "Job '{Job}', task {Stage}/{Task} goes on from what this process kept of it."
    )]
    public static partial void GoesOnWarm(ILogger logger, string job, string stage, int task);

    [LoggerMessage(
        EventId = 7029,
        Level = LogLevel.Debug,
        Message = "Job '{Job}', task {Stage}/{Task}: its state builds on {Kept} parts and adds {Added}."
    )]
    public static partial void BuiltOnParts(ILogger logger, string job, string stage, int task, int kept, int added);

    [LoggerMessage(
        EventId = 7030,
        Level = LogLevel.Debug,
        Message = "Job '{Job}', task {Stage}/{Task}: {Count} parts of its state have become one."
    )]
    public static partial void PartsPutTogether(ILogger logger, string job, string stage, int task, int count);
}
