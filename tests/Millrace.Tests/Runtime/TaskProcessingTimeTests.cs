using Millrace.Operators;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Runtime;

public sealed class TaskProcessingTimeTests
{
    private readonly SteppingTime _time = new();

    [Fact]
    public void ShouldWakeTheTaskAgain_WhenTheClockHasSteppedBackBeforeTheAlarm()
    {
        Recorder recorder = new();
        using TaskProcessingTime timers = new(_time, new InputGate(channels: 1, capacity: 1, blocking: false));
        timers.Register(100, recorder);
        Assert.Equal(100, _time.Alarm.Due?.TotalMilliseconds);

        // 100 ms have passed, but the clock says 50.
        _time.Now = 50;
        _time.Alarm.Fire();
        Assert.False(timers.RunDue());
        Assert.Equal(50, _time.Alarm.Due?.TotalMilliseconds);

        _time.Now = 100;
        _time.Alarm.Fire();
        Assert.True(timers.RunDue());
        Assert.Equal([100], recorder.Seen);
        Assert.Null(_time.Alarm.Due);
    }

    [Fact]
    public void ShouldNotArmTwice_WhenTheTaskRunsForAnotherReason()
    {
        using TaskProcessingTime timers = new(_time, new InputGate(channels: 1, capacity: 1, blocking: false));
        timers.Register(100, new Recorder());
        _time.Now = 10;
        Assert.False(timers.RunDue());
        Assert.Equal(1, _time.Alarm.Changes);
    }

    private sealed class Recorder : IProcessingTimeCallback
    {
        public List<long> Seen { get; } = [];

        public void OnProcessingTime(long timestamp) => Seen.Add(timestamp);
    }

    /// <summary>A clock that goes where it is put, and a timer that fires when it is told to.</summary>
    private sealed class SteppingTime : TimeProvider
    {
        public long Now { get; set; }

        public ManualTimer Alarm { get; private set; } = null!;

        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(Now);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            Alarm = new ManualTimer(callback, state);
    }

    private sealed class ManualTimer(TimerCallback callback, object? state) : ITimer
    {
        public TimeSpan? Due { get; private set; }

        public int Changes { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Due = dueTime;
            Changes++;
            return true;
        }

        public void Fire()
        {
            Due = null;
            callback(state);
        }

        public void Dispose() { }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
