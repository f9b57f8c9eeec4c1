using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;

namespace Millrace.Functions.Tests.Runner;

/// <summary>Counts writes, and is where a killed instance's writes end and a paused one's wait.</summary>
internal sealed class CountingStore(IObjectStore inner, Action step, Func<string, Task> pass, ILedgerStore? ledgerStore = null)
    : IObjectStore,
        ILedgerStore
{
    private readonly ConcurrentDictionary<string, long> _writes = new(StringComparer.Ordinal);
    private readonly ILedgerStore _ledgers = ledgerStore ?? new ObjectLedgerStore(inner);
    private long _conflicts;
    private long _transactions;

    public string? Kind => _ledgers.Kind;

    public int MaxWrites => _ledgers.MaxWrites;

    /// <summary>Which objects cannot be reached now: asked for <c>get NAME</c>, <c>put NAME</c> and <c>delete NAME</c>.</summary>
    public Func<string, bool> Fails { get; set; } = static _ => false;

    /// <summary>Transactions so far that write ledgers, refused ones too.</summary>
    public long Transactions => Volatile.Read(ref _transactions);

    /// <summary>Writes so far, refused ones too.</summary>
    public long Writes => _writes.Values.Sum();

    /// <summary>Writes that were refused because another one had come before.</summary>
    public long Conflicts => Volatile.Read(ref _conflicts);

    /// <summary>Writes of objects with a part in their names.</summary>
    public long WritesOf(string part) =>
        _writes.Where(entry => entry.Key.Contains(part, StringComparison.Ordinal)).Sum(entry => entry.Value);

    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        await StepAsync("put " + name);
        _writes.AddOrUpdate(name, 1, static (_, count) => count + 1);
        try
        {
            return await inner.PutAsync(name, content, condition, cancellationToken);
        }
        catch (PreconditionFailedException)
        {
            Interlocked.Increment(ref _conflicts);
            throw;
        }
    }

    public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        await StepAsync("get " + name);
        return await inner.GetAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string name in inner.ListAsync(prefix, cancellationToken))
        {
            yield return name;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        await StepAsync("delete " + name);
        await inner.DeleteAsync(name, cancellationToken);
    }

    public async Task<StoredObject?> ReadAsync(string name, CancellationToken cancellationToken)
    {
        await StepAsync("get " + name);
        return await _ledgers.ReadAsync(name, cancellationToken);
    }

    public IAsyncEnumerable<KeyValuePair<string, StoredObject>> ReadFolderAsync(string folder, CancellationToken cancellationToken) =>
        _ledgers.ReadFolderAsync(folder, cancellationToken);

    public async Task<IReadOnlyList<string>> WriteAsync(
        string folder,
        IReadOnlyList<LedgerWrite> writes,
        CancellationToken cancellationToken
    )
    {
        foreach (LedgerWrite write in writes)
        {
            await StepAsync("put " + write.Name);
            _writes.AddOrUpdate(write.Name, 1, static (_, count) => count + 1);
        }

        Interlocked.Increment(ref _transactions);
        try
        {
            return await _ledgers.WriteAsync(folder, writes, cancellationToken);
        }
        catch (PreconditionFailedException)
        {
            Interlocked.Increment(ref _conflicts);
            throw;
        }
    }

    private async Task StepAsync(string operation)
    {
        await pass(operation);
        step();
        if (Fails(operation))
        {
            throw new IOException($"The store cannot be reached to {operation}.");
        }
    }
}
