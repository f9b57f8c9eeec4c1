namespace Millrace.DevBroker.Storage;

/// <summary>Brings writes to the disk, many with one flush: while one flush runs, all that ask wait together for the next.</summary>
internal sealed class DiskFlusher(Action flush)
{
    private readonly Lock _lock = new();
    private Task? _running;
    private Task? _next;

    /// <summary>Completes when everything that was written before this call is on the disk.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            if (_running is null or { IsCompleted: true })
            {
                return _running = Task.Run(flush);
            }

            return _next ??= FlushAfterAsync(_running);
        }
    }

    private async Task FlushAfterAsync(Task running)
    {
        try
        {
            await running.ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Those who waited for that flush have its failure already.
        catch (Exception)
#pragma warning restore CA1031
        {
            // The next flush speaks for itself.
        }

        await StartNext().ConfigureAwait(false);
    }

    private Task StartNext()
    {
        lock (_lock)
        {
            _running = Task.Run(flush);
            _next = null;
            return _running;
        }
    }
}
