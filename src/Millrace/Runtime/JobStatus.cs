namespace Millrace.Runtime;

/// <summary>Where a job is in its life: <c>Created -> Running -> (Restarting -> Running)* -> Finished | Failed | Cancelled</c>.</summary>
public enum JobStatus
{
    /// <summary>Not started.</summary>
    Created,

    /// <summary>Tasks are starting or running.</summary>
    Running,

    /// <summary>A task failed; the job waits for its restart.</summary>
    Restarting,

    /// <summary>All input has been processed and committed.</summary>
    Finished,

    /// <summary>The job failed and its restart strategy gave up.</summary>
    Failed,

    /// <summary>The job was cancelled or stopped with a savepoint.</summary>
    Cancelled,
}
