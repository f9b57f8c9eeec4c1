using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>The table of ledgers as one process reaches it: a transaction is one call, all or nothing.</summary>
internal sealed class SimLedgerStore(SimWorld world, SimProcess process) : ILedgerStore
{
    public string Kind => "table";

    public int MaxWrites => 100;

    public Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken) =>
        CallAsync("get row", name, () => world.Table.Get(name), replyLost: null, cancellationToken);

    public async IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(
        string folder,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        KeyValuePair<string, StoredObject>[] rows = await CallAsync(
                "get rows",
                folder,
                () => world.Table.List(folder).Select(name => KeyValuePair.Create(name, world.Table.Get(name)!)).ToArray(),
                replyLost: null,
                cancellationToken
            )
            .ConfigureAwait(false);
        foreach (KeyValuePair<string, StoredObject> row in rows)
        {
            yield return row;
        }
    }

    public async Task<IReadOnlyList<string>> WriteAsync(
        string folder,
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        (string[]? etags, PreconditionFailedException? refusal) = await CallAsync(
                "put rows",
                string.Join(", ", writes.Select(write => write.Name[(folder.Length - 1)..])),
                () => world.Table.PutAll(writes),
                SimulatedFault.BlobReplyLost,
                cancellationToken
            )
            .ConfigureAwait(false);
        return refusal is null ? etags! : throw refusal;
    }

    private Task<T> CallAsync<T>(
        string what,
        string name,
        Func<T> effect,
        SimulatedFault? replyLost,
        CancellationToken cancellationToken
    ) =>
        world
            .Call(
                process,
                world.Trace.IsKept ? $"{what} {name[(name.IndexOf("functions/", StringComparison.Ordinal) + 1)..]}" : what,
                world.Stored(effect),
                SimulatedFault.BlobError,
                replyLost,
                SimulatedFault.BlobSlow
            )
            .WaitAsync(cancellationToken);
}
