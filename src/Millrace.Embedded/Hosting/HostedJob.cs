using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>A job that runs in this process.</summary>
/// <param name="title">Name for people.</param>
/// <param name="client">Its handle.</param>
/// <param name="isTraffic">Whether it only feeds the others.</param>
internal sealed class HostedJob(string title, JobClient client, bool isTraffic)
{
    public string Title { get; } = title;

    public JobClient Client { get; } = client;

    public bool IsTraffic { get; } = isTraffic;

    /// <summary>The savepoint that ends the job, while and after it is taken; <see langword="null"/> = none was asked for.</summary>
    public Task<string>? LastSavepoint { get; private set; }

    /// <summary>Its failure when the session's duration was over, if it did not run then; <see langword="null"/> otherwise.</summary>
    public string? FailureAtEnd { get; private set; }

    /// <summary>Takes a savepoint and stops the job.</summary>
    /// <param name="target">Name of the savepoint; <see langword="null"/> = its number.</param>
    public Task<string> StopWithSavepointAsync(string? target) => LastSavepoint = Client.StopWithSavepointAsync(target);

    /// <summary>Notes how the job is, before it is ended.</summary>
    public void NoteEnd()
    {
        JobMetrics m = Client.GetMetrics();

        // Between two attempts it runs for a moment as well; then only what it has achieved tells.
        bool hasAchieved = m.RecordsOut > 0 || m.LastCheckpointId > 0;
        bool fails = m.Status is JobStatus.Restarting || (m.Status is JobStatus.Running && m.Restarts > 0 && !hasAchieved);
        FailureAtEnd = fails ? m.LastFailure : null;
    }
}
