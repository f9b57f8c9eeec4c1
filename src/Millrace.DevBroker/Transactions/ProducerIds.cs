using Millrace.DevBroker.Journals;

namespace Millrace.DevBroker.Transactions;

/// <summary>
/// Gives out producer ids, each once in the life of the data directory: whole blocks are marked as used before their first id leaves.
/// </summary>
internal sealed class ProducerIds(IJournal journal, long firstFree) : IDisposable
{
    private const int BlockSize = 1000;

    private readonly SemaphoreSlim _gate = new(1, 1);
    private long _next = firstFree;
    private long _end = firstFree;

    /// <exception cref="IOException">The next block could not be marked as used.</exception>
    public async ValueTask<long> NextAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_next == _end)
            {
                long end = _end + BlockSize;
                await journal.WriteAsync([TransactionRecords.WriteProducerIds(end)], cancellationToken).ConfigureAwait(false);
                _end = end;
            }

            return _next++;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}
