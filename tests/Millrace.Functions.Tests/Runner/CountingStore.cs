using System.Buffers;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;

namespace Millrace.Functions.Tests.Runner;

/// <summary>Counts writes, and is where a killed instance's writes end.</summary>
internal sealed class CountingStore(IObjectStore inner, Action step) : IObjectStore
{
    private long _writes;

    /// <summary>Which objects cannot be reached now.</summary>
    public Func<string, bool> Fails { get; set; } = static _ => false;

    public long Writes => Volatile.Read(ref _writes);

    public Task<string> PutAsync(string name, ReadOnlySequence<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        Step(name);
        Interlocked.Increment(ref _writes);
        return inner.PutAsync(name, content, condition, cancellationToken);
    }

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        Step(name);
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
        Step(name);
        return inner.DeleteAsync(name, cancellationToken);
    }

    private void Step(string name)
    {
        step();
        if (Fails(name))
        {
            throw new IOException($"The store cannot be reached for '{name}'.");
        }
    }
}
