namespace Millrace.Formats.Tests;

/// <summary>A clock whose timers are due at once, and which has then moved on by as much.</summary>
internal sealed class SkippingTime : TimeProvider
{
    private long _ticks;

    public TimeSpan Elapsed => new(Interlocked.Read(ref _ticks));

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Interlocked.Add(ref _ticks, dueTime.Ticks);
        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new Nothing();
    }

    private sealed class Nothing : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // Its time has come.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
