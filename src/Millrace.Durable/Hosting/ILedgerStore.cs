using System.Runtime.CompilerServices;
using Millrace.Checkpoints;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Where ledgers are. Names are as <see cref="DurableNames.LedgerOf"/> gives them: a folder for all of a job's incarnation, and a name of
/// one ledger in it. Like <see cref="IObjectStore"/>: a write whose reply is lost may have happened, so its caller reads back.
/// </summary>
internal interface ILedgerStore
{
    /// <summary>What a job's control object says of ledgers that are here; <see langword="null"/> = they are objects beside it.</summary>
    string? Kind { get; }

    /// <summary>How many ledgers one write may hold.</summary>
    int MaxWrites { get; }

    /// <returns>The bytes and the ETag, or <see langword="null"/> when there is no such ledger.</returns>
    Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken);

    /// <summary>All ledgers of a folder, in no order.</summary>
    IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(string folder, CancellationToken cancellationToken);

    /// <summary>Writes ledgers of one folder, all or none.</summary>
    /// <returns>Their new ETags.</returns>
    /// <exception cref="PreconditionFailedException">One of them at least is not what its writer took it for; none was written.</exception>
    Task<IReadOnlyList<string>> WriteAsync(string folder, IReadOnlyList<LedgerWrite> writes, CancellationToken cancellationToken);
}

/// <summary>A write of one ledger.</summary>
/// <param name="Name">The ledger.</param>
/// <param name="Content">What it shall be.</param>
/// <param name="ETag">What it is; <see langword="null"/> = not there.</param>
/// <param name="IsUnconditional">Whether it is written whatever it is: only to show what comes of that.</param>
internal sealed record LedgerWrite(string Name, ReadOnlyMemory<byte> Content, string? ETag, bool IsUnconditional = false);

/// <summary>Ledgers that are objects, each written alone.</summary>
internal sealed class ObjectLedgerStore(IObjectStore store) : ILedgerStore
{
    public string? Kind => null;

    public int MaxWrites => 1;

    public Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken) => store.GetAsync(name, cancellationToken);

    public async IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(
        string folder,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (string name in store.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (await store.GetAsync(name, cancellationToken).ConfigureAwait(false) is { } ledger)
            {
                yield return new(name, ledger);
            }
        }
    }

    public async Task<IReadOnlyList<string>> WriteAsync(
        string folder,
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        LedgerWrite write = writes.Single();
        return
        [
            await store
                .PutAsync(
                    write.Name,
                    new(write.Content),
                    write.IsUnconditional ? PutCondition.None
                        : write.ETag is null ? PutCondition.IfAbsent
                        : PutCondition.IfMatch(write.ETag),
                    cancellationToken
                )
                .ConfigureAwait(false),
        ];
    }
}
