namespace Millrace.Testing;

/// <summary>A clock that only the test moves. Timers run on the thread that moves it, in the order of their due times.</summary>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly PriorityQueue<ManualTimer, (long DueTicks, long Sequence)> _timers = new();
    private DateTimeOffset _now;
    private long _timestamp;
    private long _sequence;

    /// <summary>A clock that stands at the Unix epoch.</summary>
    public ManualTimeProvider()
        : this(DateTimeOffset.UnixEpoch) { }

    /// <summary>A clock that stands at <paramref name="start"/>.</summary>
    /// <param name="start">The first time it shows.</param>
    public ManualTimeProvider(DateTimeOffset start) => _now = start.ToUniversalTime();

    /// <inheritdoc/>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    /// <inheritdoc/>
    public override long GetTimestamp()
    {
        lock (_lock)
        {
            return _timestamp;
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock and runs the timers that become due, each at its own time.</summary>
    /// <param name="time">How far; not negative.</param>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        AdvanceTo(GetUtcNow() + time);
    }

    /// <summary>Moves the clock and runs the timers that become due, each at its own time.</summary>
    /// <param name="time">Where to; not in the clock's past.</param>
    public void AdvanceTo(DateTimeOffset time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, GetUtcNow());
        while (TakeDue(time) is { } timer)
        {
            timer.Run();
        }

        lock (_lock)
        {
            MoveTo(time);
        }
    }

    /// <summary>
    /// Lets time pass for intervals that are measured by timestamps, such as that of watermarks, while the time of day stands still.
    /// </summary>
    internal void PassInterval(TimeSpan interval)
    {
        lock (_lock)
        {
            _timestamp += interval.Ticks;
        }
    }

    private ManualTimer? TakeDue(DateTimeOffset until)
    {
        lock (_lock)
        {
            while (_timers.TryPeek(out ManualTimer? timer, out (long DueTicks, long Sequence) due) && due.DueTicks <= until.Ticks)
            {
                _timers.Dequeue();
                if (timer.IsScheduledAs(due.Sequence))
                {
                    MoveTo(new DateTimeOffset(Math.Max(due.DueTicks, _now.Ticks), TimeSpan.Zero));
                    timer.Reschedule();
                    return timer;
                }
            }

            return null;
        }
    }

    private void MoveTo(DateTimeOffset time)
    {
        _timestamp += (time - _now).Ticks;
        _now = time;
    }

    private long Schedule(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_lock)
        {
            _timers.Enqueue(timer, (_now.Ticks + dueTime.Ticks, ++_sequence));
            return _sequence;
        }
    }

    private sealed class ManualTimer(ManualTimeProvider owner, TimerCallback callback, object? state) : ITimer
    {
        // Number of the entry in the queue that counts; entries of earlier Change calls are dropped when they come up.
        private long _scheduled;
        private TimeSpan _period;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                _period = period;
                _scheduled = dueTime == Timeout.InfiniteTimeSpan ? 0 : owner.Schedule(this, dueTime);
            }

            return true;
        }

        public bool IsScheduledAs(long sequence) => _scheduled == sequence;

        public void Reschedule() => _scheduled = _period > TimeSpan.Zero ? owner.Schedule(this, _period) : 0;

        public void Run() => callback(state);

        public void Dispose()
        {
            lock (owner._lock)
            {
                _scheduled = 0;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
