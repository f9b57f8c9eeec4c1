using System.Runtime.ExceptionServices;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;

namespace Millrace.Durable.Hosting;

/// <summary>
/// The ledgers of a job's source partitions. Those that are written together are one transaction of the store, and of its refusals each is
/// told to the partition that it is about, and to no other. Thread-safe.
/// </summary>
internal sealed class DurableLedgers(ILedgerStore store, DurableServices services)
{
    /// <summary>The row of a folder that is no ledger: it says that the folder has been filled.</summary>
    public const string Mark = "begun";

    // Less than the 4 MiB that a transaction of a table may hold: bytes travel as base64.
    private const int MaxBytes = 2 * 1024 * 1024;
    private const int MaxAttempts = 20;
    private const int MaxResubmissions = 5;
    private long _writes;

    /// <inheritdoc cref="ILedgerStore.Kind"/>
    public string? Kind => store.Kind;

    /// <summary>Transactions so far that were to write ledgers, for metrics.</summary>
    public long Writes => Volatile.Read(ref _writes);

    /// <exception cref="SuppressRestartsException">There is no such ledger, because somebody has removed them all.</exception>
    public async Task<(LedgerState? State, string? ETag)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        if (await store.ReadAsync(name, cancellationToken).ConfigureAwait(false) is { } stored)
        {
            return (LedgerCodec.Decode(Checksums.Open(stored, name)), stored.ETag);
        }

        await ThrowIfGoneAsync(DurableNames.FolderOfLedger(name), cancellationToken).ConfigureAwait(false);
        return (null, null);
    }

    /// <summary>Reads ledgers of one folder.</summary>
    /// <returns>Of each its state; <see langword="null"/> = not there.</returns>
    public async Task<LedgerState?[]> ReadAsync(IReadOnlyList<string> names, int atOnce, CancellationToken cancellationToken)
    {
        LedgerState?[] states = new LedgerState?[names.Count];
        if (store.MaxWrites == 1 || names.Count == 0)
        {
            await services
                .Execution.ForEachAsync(
                    [.. Enumerable.Range(0, names.Count)],
                    atOnce,
                    async (i, token) => states[i] = (await ReadAsync(names[i], token).ConfigureAwait(false)).State,
                    cancellationToken
                )
                .ConfigureAwait(false);
            return states;
        }

        Dictionary<string, StoredObject> found = new(StringComparer.Ordinal);
        string folder = DurableNames.FolderOfLedger(names[0]);
        await foreach ((string name, StoredObject ledger) in store.ReadFolderAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            found.Add(name, ledger);
        }

        if (!found.ContainsKey(folder + Mark))
        {
            throw new SuppressRestartsException(Missing(folder));
        }

        for (int i = 0; i < states.Length; i++)
        {
            if (found.TryGetValue(names[i], out StoredObject? ledger))
            {
                states[i] = LedgerCodec.Decode(Checksums.Open(ledger, names[i]));
            }
        }

        return states;
    }

    /// <summary>Writes a ledger if it is still what <paramref name="etag"/> says.</summary>
    /// <param name="name">The ledger.</param>
    /// <param name="state">What it shall be.</param>
    /// <param name="etag">What it is; <see langword="null"/> = not there.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="PreconditionFailedException">It is not.</exception>
    public async Task<string> WriteAsync(string name, LedgerState state, string? etag, CancellationToken cancellationToken) =>
        (await WriteAsync([WriteOf(name, state, etag)], cancellationToken).ConfigureAwait(false))[0].ETag;

    /// <summary>A write for <see cref="WriteAsync(IReadOnlyList{LedgerWrite}, CancellationToken)"/>.</summary>
    public static LedgerWrite WriteOf(string name, LedgerState state, string? etag, bool isUnconditional = false) =>
        new(name, Checksums.Seal(LedgerCodec.Encode(state)).First, etag, isUnconditional);

    /// <summary>Writes ledgers of one folder, each if it is still what its ETag says.</summary>
    /// <returns>Of each its new ETag, or why it was not written, or may not have been.</returns>
    public async Task<LedgerWritten[]> WriteAsync(IReadOnlyList<LedgerWrite> writes, CancellationToken cancellationToken)
    {
        LedgerWritten[] written = new LedgerWritten[writes.Count];
        List<List<int>> transactions = [];
        int bytes = 0;
        for (int i = 0; i < writes.Count; i++)
        {
            bytes += writes[i].Content.Length;
            if (transactions is not [.., var last] || last.Count == store.MaxWrites || bytes > MaxBytes)
            {
                bytes = writes[i].Content.Length;
                transactions.Add(last = []);
            }

            last.Add(i);
        }

        if (transactions is [var only])
        {
            await WriteAsync(writes, only, written, cancellationToken).ConfigureAwait(false);
            return written;
        }

        await services
            .Execution.ForEachAsync(
                transactions,
                transactions.Count,
                (transaction, token) => WriteAsync(writes, transaction, written, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        return written;
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

    /// <summary>Takes all partitions that have a ledger from whoever owns them.</summary>
    /// <returns>The ledgers as they are then.</returns>
    public async Task<IReadOnlyDictionary<string, LedgerState>> FenceAllAsync(string folder, CancellationToken cancellationToken)
    {
        List<string> names = [];
        await foreach ((string name, _) in store.ReadFolderAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            names.Add(name);
        }

        Dictionary<string, LedgerState> fenced = new(StringComparer.Ordinal);
        foreach (string name in names.Where(name => name != folder + Mark))
        {
            if (await FenceAsync(name, findStart: null, cancellationToken).ConfigureAwait(false) is { } ledger)
            {
                fenced.Add(name, ledger);
            }
        }

        return fenced;
    }

    /// <summary>Says that a folder has been filled: from then on nobody takes an emptied one for a new one.</summary>
    public async Task MarkAsync(string folder, CancellationToken cancellationToken)
    {
        if (store.Kind is null)
        {
            return;
        }

        try
        {
            await store.WriteAsync(folder, [new LedgerWrite(folder + Mark, default, ETag: null)], cancellationToken).ConfigureAwait(false);
        }
        catch (PreconditionFailedException)
        {
            // It was said already.
        }
    }

    /// <summary>Whether a folder has been filled. Objects are beside the control object, which says the same.</summary>
    public async Task<bool> HasMarkAsync(string folder, CancellationToken cancellationToken) =>
        store.Kind is null || await store.ReadAsync(folder + Mark, cancellationToken).ConfigureAwait(false) is not null;

    /// <exception cref="SuppressRestartsException">Somebody has removed all ledgers of the folder.</exception>
    public async Task ThrowIfGoneAsync(string folder, CancellationToken cancellationToken)
    {
        if (!await HasMarkAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            throw new SuppressRestartsException(Missing(folder));
        }
    }

    /// <summary>What to say of a folder that has lost its mark.</summary>
    public static string Missing(string folder) =>
        $"The ledgers of '{folder}' are gone: the job's control object says that they are in a table, and there they are not. Give the app "
        + "the storage account that it had, put the table back, or start the job from a savepoint with the setting RestoreFrom.";

    private async Task WriteAsync(
        IReadOnlyList<LedgerWrite> writes,
        List<int> transaction,
        LedgerWritten[] written,
        CancellationToken cancellationToken
    )
    {
        string folder = DurableNames.FolderOfLedger(writes[transaction[0]].Name);
        for (int attempt = 1; transaction.Count > 0; attempt++)
        {
            try
            {
                Interlocked.Increment(ref _writes);
                IReadOnlyList<string> etags = await store
                    .WriteAsync(folder, [.. transaction.Select(i => writes[i])], cancellationToken)
                    .ConfigureAwait(false);
                for (int i = 0; i < etags.Count; i++)
                {
                    written[transaction[i]] = new LedgerWritten(etags[i]);
                }

                return;
            }
            catch (PreconditionFailedException refusal)
            {
                if (transaction.Count == 1 || attempt == MaxResubmissions)
                {
                    Fail(transaction, written, refusal);
                    return;
                }

                try
                {
                    transaction = await WithoutTakenAsync(writes, transaction, written, refusal, cancellationToken).ConfigureAwait(false);
                }
                catch (Exception exception) when (exception is not OutOfMemoryException)
                {
                    Fail(transaction, written, exception);
                    return;
                }
            }
            catch (Exception exception) when (exception is not OutOfMemoryException)
            {
                Fail(transaction, written, exception);
                return;
            }
        }
    }

    // The store names one at most of those that are not what their writers took them for, and there may be many.
    private async Task<List<int>> WithoutTakenAsync(
        IReadOnlyList<LedgerWrite> writes,
        List<int> transaction,
        LedgerWritten[] written,
        PreconditionFailedException refusal,
        CancellationToken cancellationToken
    )
    {
        string folder = DurableNames.FolderOfLedger(writes[transaction[0]].Name);
        Dictionary<string, string> etags = new(StringComparer.Ordinal);
        await foreach ((string name, StoredObject ledger) in store.ReadFolderAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            etags[name] = ledger.ETag;
        }

        List<int> rest = [];
        foreach (int i in transaction)
        {
            if (
                writes[i].IsUnconditional
                || string.Equals(etags.GetValueOrDefault(writes[i].Name), writes[i].ETag, StringComparison.Ordinal)
            )
            {
                rest.Add(i);
            }
            else
            {
                written[i] = new LedgerWritten(refusal);
            }
        }

        return rest;
    }

    private static void Fail(List<int> transaction, LedgerWritten[] written, Exception failure)
    {
        foreach (int i in transaction)
        {
            written[i] = new LedgerWritten(failure);
        }
    }
}

/// <summary>What became of a write.</summary>
internal readonly struct LedgerWritten
{
    private readonly string? _etag;
    private readonly Exception? _failure;

    public LedgerWritten(string etag) => _etag = etag;

    /// <param name="failure">A <see cref="PreconditionFailedException"/> where the ledger is another one than its writer took it for: by
    /// another writer's hand, or by this write itself where its answer was lost and it was sent again.</param>
    public LedgerWritten(Exception failure) => _failure = failure;

    /// <summary>The ledger's new ETag.</summary>
    /// <exception cref="Exception">Why there is none.</exception>
    public string ETag
    {
        get
        {
            if (_failure is not null)
            {
                ExceptionDispatchInfo.Throw(_failure);
            }

            return _etag!;
        }
    }
}
