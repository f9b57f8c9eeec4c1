namespace Millrace.DevBroker.Groups;

/// <summary>
/// One resettable timeout of a state machine. The callback runs under the owner's lock, and only if the deadline was neither moved
/// nor cleared while the timer was already on its way.
/// </summary>
internal sealed class Deadline : IDisposable
{
    private static readonly TimeSpan Forever = Timeout.InfiniteTimeSpan;

    private readonly TimeProvider _time;
    private readonly Lock _gate;
    private readonly Action _onDue;
    private readonly ITimer _timer;
    private long? _dueAt;

    /// <param name="time">The clock.</param>
    /// <param name="gate">The owner's lock; all members must be called under it.</param>
    /// <param name="onDue">Called under <paramref name="gate"/> when the time has come.</param>
    public Deadline(TimeProvider time, Lock gate, Action onDue)
    {
        _time = time;
        _gate = gate;
        _onDue = onDue;
        _timer = time.CreateTimer(static state => ((Deadline)state!).Fire(), this, Forever, Forever);
    }

    public bool IsSet => _dueAt is not null;

    public void Set(TimeSpan after)
    {
        _dueAt = _time.GetTimestamp() + (long)(after.TotalSeconds * _time.TimestampFrequency);
        _timer.Change(after, Forever);
    }

    public void Clear()
    {
        _dueAt = null;
        _timer.Change(Forever, Forever);
    }

    public void Dispose()
    {
        _dueAt = null;
        _timer.Dispose();
    }

    private void Fire()
    {
        lock (_gate)
        {
            if (_dueAt is not { } dueAt)
            {
                return;
            }

            long remaining = dueAt - _time.GetTimestamp();
            if (remaining > 0)
            {
                // Moved meanwhile, or the operating system's timer was early by a tick.
                long milliseconds = (remaining * 1000 / _time.TimestampFrequency) + 1;
                _timer.Change(TimeSpan.FromMilliseconds(milliseconds), Forever);
                return;
            }

            _dueAt = null;
            _onDue();
        }
    }
}
