namespace Millrace.Functions.Tests.Conformance;

/// <summary>
/// The time of day stands until it is moved; timers and measured durations go on as always. So windows of processing time close when a test
/// says so.
/// </summary>
internal sealed class DrivenClock : TimeProvider
{
    private long _now = new DateTimeOffset(2026, 1, 1, 0, 0, 1, TimeSpan.Zero).UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _now), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _now, by.Ticks);
}
