namespace Millrace.Runtime;

/// <summary>Figures about a job's checkpoints over all its runs; written by the coordinator, read by anyone.</summary>
internal sealed class CheckpointStatistics
{
    private readonly Lock _lock = new();
    private JobMetrics _last = new();

    public void Completed(long id, DateTimeOffset time, long size, TimeSpan duration)
    {
        lock (_lock)
        {
            _last = _last with
            {
                LastCheckpointId = id,
                LastCheckpointTime = time,
                LastCheckpointSize = size,
                LastCheckpointDuration = duration,
            };
        }
    }

    public void Failed()
    {
        lock (_lock)
        {
            _last = _last with { FailedCheckpoints = _last.FailedCheckpoints + 1 };
        }
    }

    /// <summary>A metrics record with the checkpoint figures filled in.</summary>
    public JobMetrics Snapshot()
    {
        lock (_lock)
        {
            return _last;
        }
    }
}
