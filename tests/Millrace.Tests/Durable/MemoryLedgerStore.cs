using System.Globalization;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;

namespace Millrace.Tests.Durable;

/// <summary>A table in memory: a transaction is all or nothing.</summary>
internal sealed class MemoryLedgerStore : ILedgerStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredObject> _rows = new(StringComparer.Ordinal);
    private int _etag;

    public string Kind => "table";

    public int MaxWrites { get; init; } = 100;

    /// <summary>What each transaction was to write, refused ones too.</summary>
    public List<string[]> Transactions { get; } = [];

    /// <summary>What is done before a transaction.</summary>
    public Action<IReadOnlyList<LedgerWrite>> OnWrite { get; set; } = static _ => { };

    public Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_rows.GetValueOrDefault(name));
        }
    }

    public async IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(
        string folder,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        KeyValuePair<string, StoredObject>[] rows;
        lock (_lock)
        {
            rows = [.. _rows.Where(row => row.Key.StartsWith(folder, StringComparison.Ordinal))];
        }

        foreach (KeyValuePair<string, StoredObject> row in rows)
        {
            await Task.Yield();
            yield return row;
        }
    }

    public async Task<IReadOnlyList<string>> WriteAsync(
        string folder,
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        OnWrite(writes);
        await Task.Yield();
        lock (_lock)
        {
            Transactions.Add([.. writes.Select(write => write.Name)]);
            if (
                writes.FirstOrDefault(write =>
                    !string.Equals(_rows.GetValueOrDefault(write.Name)?.ETag, write.ETag, StringComparison.Ordinal)
                ) is
                { } refused
            )
            {
                throw new PreconditionFailedException($"{refused.Name} is another one.");
            }

            List<string> etags = [];
            foreach (LedgerWrite write in writes)
            {
                etags.Add((++_etag).ToString(CultureInfo.InvariantCulture));
                _rows[write.Name] = new StoredObject(write.Content.ToArray(), etags[^1]);
            }

            return etags;
        }
    }

    /// <summary>Somebody removes everything.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _rows.Clear();
        }
    }
}
