namespace Millrace.DevBroker.Storage;

/// <summary>Long polls that wait for a log to grow.</summary>
internal sealed class LogWaiters
{
    private readonly Lock _lock = new();
    private readonly List<LogWaiter> _waiters = [];

    public void Add(LogWaiter waiter)
    {
        lock (_lock)
        {
            _waiters.Add(waiter);
        }
    }

    public void Remove(LogWaiter waiter)
    {
        lock (_lock)
        {
            int at = _waiters.IndexOf(waiter);
            if (at < 0)
            {
                return;
            }

            _waiters[at] = _waiters[^1];
            _waiters.RemoveAt(_waiters.Count - 1);
        }
    }

    public void SignalAll()
    {
        lock (_lock)
        {
            foreach (LogWaiter waiter in _waiters)
            {
                waiter.Signal();
            }
        }
    }
}
