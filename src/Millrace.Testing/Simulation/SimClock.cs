namespace Millrace.Testing.Simulation;

/// <summary>The clock of one process, which may jump.</summary>
internal sealed class SimClock(SimScheduler scheduler) : TimeProvider
{
    public long Offset { get; set; }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => scheduler.Now + Offset;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(scheduler.Now + Offset);
}
