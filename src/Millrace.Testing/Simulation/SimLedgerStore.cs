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
        world.CallStore(process, "get row", name, () => world.Table.Get(name), replyLost: null, cancellationToken);

    public async IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(
        string folder,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        KeyValuePair<string, StoredObject>[] rows = await world
            .CallStore(
                process,
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
        (string[]? etags, PreconditionFailedException? refusal) = await world
            .CallStore(
                process,
                "put rows",
                string.Join(", ", writes.Select(write => write.Name[(folder.Length - 1)..])),
                () =>
                {
                    (string[]?, PreconditionFailedException?) put = world.Table.PutAll(writes);
                    world.LedgerWritten?.Invoke();
                    return put;
                },
                SimulatedFault.BlobReplyLost,
                cancellationToken
            )
            .ConfigureAwait(false);
        return refusal is null ? etags! : throw refusal;
    }
}
