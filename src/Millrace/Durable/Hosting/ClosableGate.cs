namespace Millrace.Durable.Hosting;

/// <summary>
/// Lets one in at a time until it is closed: then those who wait, and those who come later, fail instead of waiting for ever, as they would
/// at a semaphore that is disposed.
/// <code>open -> CloseAsync (who is inside leaves first) -> closed</code>
/// </summary>
#pragma warning disable CA1001 // Disposing the semaphore would forget who waits; without its wait handle it holds nothing.
internal sealed class ClosableGate(string owner)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim _semaphore = new(1);
    private volatile bool _closed;

    /// <summary>Returns when the caller is the one inside; it must <see cref="Leave"/>.</summary>
    /// <exception cref="ObjectDisposedException">The gate is closed.</exception>
    public async Task EnterAsync(CancellationToken cancellationToken)
    {
        await _semaphore.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (!_closed)
        {
            return;
        }

        // The next one has to hear of it too.
        _semaphore.Release();
        throw new ObjectDisposedException(owner);
    }

    public void Leave() => _semaphore.Release();

    /// <summary>Lets nobody in any more, and waits for who is inside.</summary>
    public async Task CloseAsync()
    {
        _closed = true;
        await _semaphore.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        _semaphore.Release();
    }
}
