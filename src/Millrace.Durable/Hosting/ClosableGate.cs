using Millrace.Scheduling;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Lets one in at a time, in the order in which they come, until it is closed: then those who wait, and those who come later, fail instead
/// of waiting for ever, as they would at a semaphore that is disposed. Thread-safe.
/// <code>open -> CloseAsync (who is inside leaves first) -> closed</code>
/// </summary>
internal sealed class ClosableGate(string owner, Execution execution)
{
    private readonly Lock _lock = new();
    private readonly Queue<TaskCompletionSource> _waiting = new();
    private bool _isTaken;
    private volatile bool _closed;

    /// <summary>Returns when the caller is the one inside; it must <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!_closed)
        {
            return;
        }

        // The next one has to hear of it too.
        Leave();
        throw new ObjectDisposedException(owner);
    }

    /// <summary>Whether the caller is the one inside now; then it must <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        lock (_lock)
        {
            if (_isTaken || _closed)
            {
                return false;
            }

            _isTaken = true;
            return true;
        }
    }

    public void Leave()
    {
        while (true)
        {
            TaskCompletionSource? next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _isTaken = false;
                    return;
                }
            }

            // Whoever has given up waiting is passed over.
            if (next.TrySetResult())
            {
                return;
            }
        }
    }

    /// <summary>Lets nobody in any more, and waits for who is inside.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        await WaitAsync(CancellationToken.None).ConfigureAwait(false);
        Leave();
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource turn;
        lock (_lock)
        {
            if (!_isTaken)
            {
                _isTaken = true;
                return;
            }

            _waiting.Enqueue(turn = new TaskCompletionSource(execution.Continuations));
        }

        using CancellationTokenRegistration end = cancellationToken.Register(() => turn.TrySetCanceled(cancellationToken));
        await turn.Task.ConfigureAwait(false);
    }
}
