using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>The store as one process reaches it.</summary>
internal sealed class SimStore(SimWorld world, SimProcess process) : IObjectStore
{
    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        byte[] bytes = content.ToArray();
        (string? etag, PreconditionFailedException? refusal) = await world
            .CallStore(process, "put", name, () => Put(name, bytes, condition), SimulatedFault.BlobReplyLost, cancellationToken)
            .ConfigureAwait(false);
        return refusal is null ? etag! : throw refusal;
    }

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken) =>
        world.CallStore(process, "get", name, () => world.Blobs.Get(name), replyLost: null, cancellationToken);

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (
            string name in await world
                .CallStore(process, "list", prefix, () => world.Blobs.List(prefix), replyLost: null, cancellationToken)
                .ConfigureAwait(false)
        )
        {
            yield return name;
        }
    }

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        world.CallStore(process, "delete", name, () => world.Blobs.Delete(name), replyLost: null, cancellationToken);

    private (string? ETag, PreconditionFailedException? Refusal) Put(string name, byte[] content, PutCondition condition)
    {
        (string?, PreconditionFailedException?) put = world.Blobs.Put(name, content, condition);
        if (name.Contains("/ledgers/", StringComparison.Ordinal))
        {
            world.LedgerWritten?.Invoke();
        }

        return put;
    }
}

/// <summary>The objects of the store, with ETags. Content is shared by reference: nobody changes bytes after writing them.</summary>
internal sealed class SimBlobs
{
    private readonly SortedDictionary<string, (byte[] Content, long ETag)> _blobs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, byte[]> _before = new(StringComparer.Ordinal);
    private long _etag;

    public StoredObject? Get(string name) =>
        _blobs.TryGetValue(name, out (byte[] Content, long ETag) blob) ? new StoredObject(blob.Content, Text(blob.ETag)) : null;

    public (string? ETag, PreconditionFailedException? Refusal) Put(string name, byte[] content, PutCondition condition)
    {
        string? current = _blobs.TryGetValue(name, out (byte[] Content, long ETag) blob) ? Text(blob.ETag) : null;
        if (condition.FailureFor(name, current) is { } refusal)
        {
            return (null, refusal);
        }

        if (blob.Content is { } before)
        {
            _before[name] = before;
        }

        _blobs[name] = (content, ++_etag);
        return (Text(_etag), null);
    }

    /// <summary>All of them, or none.</summary>
    public (string[]? ETags, PreconditionFailedException? Refusal) PutAll(IReadOnlyList<LedgerWrite> writes)
    {
        foreach (LedgerWrite write in writes)
        {
            string? current = _blobs.TryGetValue(write.Name, out (byte[] Content, long ETag) blob) ? Text(blob.ETag) : null;
            if (ConditionOf(write).FailureFor(write.Name, current) is { } refusal)
            {
                return (null, refusal);
            }
        }

        return ([.. writes.Select(write => Put(write.Name, write.Content.ToArray(), ConditionOf(write)).ETag!)], null);
    }

    /// <summary>What the last write of an object has replaced; <see langword="null"/> = nothing.</summary>
    public StoredObject? Before(string name) => _before.TryGetValue(name, out byte[]? content) ? new StoredObject(content, "") : null;

    /// <summary>Loses the last write of an object.</summary>
    public void SetBack(string name) => _blobs[name] = (_before[name], ++_etag);

    public bool Delete(string name) => _blobs.Remove(name);

    public string[] List(string prefix) => [.. _blobs.Keys.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];

    private static PutCondition ConditionOf(LedgerWrite write) =>
        write.IsUnconditional ? PutCondition.None
        : write.ETag is null ? PutCondition.IfAbsent
        : PutCondition.IfMatch(write.ETag);

    private static string Text(long etag) => etag.ToString(CultureInfo.InvariantCulture);
}
