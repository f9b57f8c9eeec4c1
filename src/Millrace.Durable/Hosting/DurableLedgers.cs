using Millrace.Checkpoints;
using Millrace.Durable.Protocol;

namespace Millrace.Durable.Hosting;

/// <summary>The ledgers of a job's source partitions, an object each.</summary>
internal sealed class DurableLedgers(IObjectStore store)
{
    private const int MaxAttempts = 20;
    private long _writes;

    /// <summary>Writes so far, for metrics.</summary>
    public long Writes => Volatile.Read(ref _writes);

    public async Task<(LedgerState? State, string? ETag)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        StoredObject? stored = await store.GetAsync(name, cancellationToken).ConfigureAwait(false);
        return stored is null ? (null, null) : (LedgerCodec.Decode(Checksums.Open(stored, name)), stored.ETag);
    }

    /// <summary>Writes a ledger if it is still what <paramref name="etag"/> says.</summary>
    /// <param name="name">The ledger.</param>
    /// <param name="state">What it shall be.</param>
    /// <param name="etag">What it is; <see langword="null"/> = not there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="isUnconditional">Whether it is written whatever it is: only to show what comes of that.</param>
    /// <exception cref="PreconditionFailedException">It is not.</exception>
    public Task<string> WriteAsync(
        string name,
        LedgerState state,
        string? etag,
        CancellationToken cancellationToken,
        bool isUnconditional = false
    )
    {
        Interlocked.Increment(ref _writes);
        return store.PutAsync(
            name,
            Checksums.Seal(LedgerCodec.Encode(state)),
            isUnconditional ? PutCondition.None
                : etag is null ? PutCondition.IfAbsent
                : PutCondition.IfMatch(etag),
            cancellationToken
        );
    }

    /// <summary>Takes a partition from whoever owns it; returns what the ledger said last.</summary>
    /// <param name="name">The ledger.</param>
    /// <param name="findStart">Finds the first offset of a partition that nobody has owned yet, so that it has a ledger from then on;
    /// without it such a partition is left alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<LedgerState?> FenceAsync(
        string name,
        Func<CancellationToken, Task<long>>? findStart,
        CancellationToken cancellationToken
    )
    {
        for (int attempt = 1; ; attempt++)
        {
            (LedgerState? state, string? etag) = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
            if (state is null)
            {
                if (findStart is null)
                {
                    return null;
                }

                state = LedgerState.Initial(await findStart(cancellationToken).ConfigureAwait(false));
            }

            try
            {
                LedgerState taken = state.TakenOver();
                await WriteAsync(name, taken, etag, cancellationToken).ConfigureAwait(false);
                return taken;
            }
            catch (PreconditionFailedException) when (attempt < MaxAttempts)
            {
                // Its owner has moved on meanwhile; its next write will fail.
            }
        }
    }
}
