using Millrace.Checkpoints;

namespace Millrace.Runtime;

/// <summary>What a task tells the coordinator; called on the task's thread, must not block.</summary>
internal interface ITaskListener
{
    /// <summary>Operators are open with their state restored; the task waits for input.</summary>
    void OnOpened(TaskId task);

    /// <summary>
    /// The task's state at a barrier, and the time stamp at which the task began to write it, after all that it had to wait for. The
    /// receiver owns the snapshot.
    /// </summary>
    void OnSnapshot(TaskId task, long checkpointId, TaskSnapshot snapshot, long startedTimestamp);

    /// <summary>All input has been processed; the task lives on for a last checkpoint.</summary>
    void OnFinished(TaskId task);

    void OnFailed(TaskId task, Exception exception);

    /// <summary>The task has ended after a stop command; nothing follows.</summary>
    void OnStopped(TaskId task);
}

/// <summary>Counters of one task at one moment.</summary>
/// <param name="Stage">Uid of the stage.</param>
/// <param name="Index">Index of the task.</param>
/// <param name="RecordsReceived">Records taken from channels.</param>
/// <param name="RecordsSent">Records put into channels.</param>
/// <param name="Backlog">Messages that wait in its channels.</param>
/// <param name="Idle">Time that it waited for input.</param>
public sealed record TaskReport(string Stage, int Index, long RecordsReceived, long RecordsSent, int Backlog, TimeSpan Idle);
