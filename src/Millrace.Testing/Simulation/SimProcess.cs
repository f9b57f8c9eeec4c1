using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>One process of the app: its memory dies with it.</summary>
internal sealed class SimProcess(string name, SimScheduler scheduler)
{
    public string Name => name;

    public bool IsAlive { get; set; } = true;

    /// <summary>Replies and timers reach the process only after this time.</summary>
    public long PausedUntil { get; set; }

    public SimClock Clock { get; } = new(scheduler);

    public Dictionary<int, SourceTask> Sources { get; } = [];

    public Dictionary<string, SimSinkSession> Sinks { get; } = new(StringComparer.Ordinal);

    public ProgressTracker? Tracker { get; set; }

    public override string ToString() => name;
}

/// <summary>The clock of one process, which may jump.</summary>
internal sealed class SimClock(SimScheduler scheduler) : TimeProvider
{
    public long Offset { get; set; }

    public override long TimestampFrequency => 1000;

    public override long GetTimestamp() => scheduler.Now + Offset;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddMilliseconds(scheduler.Now + Offset);
}
