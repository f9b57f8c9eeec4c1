using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Millrace.Checkpoints;

/// <summary>
/// Keeps objects in the memory of this process, for tests and for jobs that need no recovery. Thread-safe; nothing survives the process.
/// </summary>
public sealed class InMemoryObjectStore : IObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, StoredObject> _objects = new(StringComparer.Ordinal);
    private long _writes;

    /// <inheritdoc/>
    public Task<string> PutAsync(string name, ReadOnlySequence<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        byte[] bytes = content.ToArray();
        lock (_lock)
        {
            string? etag = _objects.GetValueOrDefault(name)?.ETag;
            if (condition.FailureFor(name, etag) is { } failure)
            {
                return Task.FromException<string>(failure);
            }

            string next = (++_writes).ToString("x16", CultureInfo.InvariantCulture);
            _objects[name] = new StoredObject(bytes, next);
            return Task.FromResult(next);
        }
    }

    /// <inheritdoc/>
    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_objects.GetValueOrDefault(name));
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalidPrefix(prefix);
        cancellationToken.ThrowIfCancellationRequested();
        string[] names;
        lock (_lock)
        {
            names = [.. _objects.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
        }

        await Task.CompletedTask.ConfigureAwait(false);
        foreach (string name in names)
        {
            yield return name;
        }
    }

    /// <inheritdoc/>
    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        ObjectNames.ThrowIfInvalid(name);
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _objects.Remove(name);
        }

        return Task.CompletedTask;
    }
}
