using System.Buffers;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;

namespace Millrace.Functions.Tests.Runner;

/// <summary>Counts writes, and is where a killed instance's writes end.</summary>
internal sealed class CountingStore(IObjectStore inner, Action step) : IObjectStore
{
    private long _writes;

    public long Writes => Volatile.Read(ref _writes);

    public Task<string> PutAsync(string name, ReadOnlySequence<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        step();
        Interlocked.Increment(ref _writes);
        return inner.PutAsync(name, content, condition, cancellationToken);
    }

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        step();
        return inner.GetAsync(name, cancellationToken);
    }

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string name in inner.ListAsync(prefix, cancellationToken))
        {
            yield return name;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        step();
        return inner.DeleteAsync(name, cancellationToken);
    }
}
