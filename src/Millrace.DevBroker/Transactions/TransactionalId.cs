using Millrace.DevBroker.Groups;

namespace Millrace.DevBroker.Transactions;

/// <summary>
/// The current metadata of one transactional id, and whether a transition is under way. While it is, whoever else comes is told to try
/// again: no two transitions of one id ever overlap.
/// </summary>
internal sealed class TransactionalId : IDisposable
{
    private readonly Deadline _timeout;
    private TransactionMetadata _current;
    private bool _busy;

    /// <param name="metadata">What is known at first.</param>
    /// <param name="time">The clock.</param>
    /// <param name="onTimeout">Called under <see cref="Gate"/> when the open transaction has had its time.</param>
    public TransactionalId(TransactionMetadata metadata, TimeProvider time, Action<TransactionalId> onTimeout)
    {
        _current = metadata;
        _timeout = new Deadline(time, Gate, () => onTimeout(this));
    }

    public Lock Gate { get; } = new();

    /// <summary>What runs for this id without anybody waiting for it: an abort after a time out, or what a crash left to do.</summary>
    public Task Background { get; set; } = Task.CompletedTask;

    public TransactionMetadata Current
    {
        get
        {
            lock (Gate)
            {
                return _current;
            }
        }
    }

    /// <summary>Takes the right to change the metadata; false while somebody else has it. Give it back with <see cref="End"/>.</summary>
    public bool TryBegin()
    {
        lock (Gate)
        {
            if (_busy)
            {
                return false;
            }

            _busy = true;
            return true;
        }
    }

    /// <summary>Makes what was written the current metadata; only between <see cref="TryBegin"/> and <see cref="End"/>.</summary>
    public void Set(TransactionMetadata metadata, long now)
    {
        lock (Gate)
        {
            bool started = metadata.State == TransactionState.Ongoing && _current.State != TransactionState.Ongoing;
            _current = metadata;
            if (started)
            {
                Arm(now);
            }
            else if (metadata.State != TransactionState.Ongoing)
            {
                _timeout.Clear();
            }
        }
    }

    /// <summary>Starts the clock of an open transaction, less the time it has had already.</summary>
    public void Arm(long now)
    {
        lock (Gate)
        {
            TimeSpan left = _current.Timeout - TimeSpan.FromMilliseconds(now - _current.StartedAt);
            _timeout.Set(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
    }

    /// <summary>Looks again for a time out, or for work left undone, after a while.</summary>
    public void WakeAfter(TimeSpan delay)
    {
        lock (Gate)
        {
            _timeout.Set(delay);
        }
    }

    public void End()
    {
        lock (Gate)
        {
            _busy = false;
        }
    }

    public void Dispose()
    {
        lock (Gate)
        {
            _timeout.Dispose();
        }
    }
}
