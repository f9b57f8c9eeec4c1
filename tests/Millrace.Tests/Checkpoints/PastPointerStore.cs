using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Tests.Checkpoints;

/// <summary>
/// What a run sees that acquired the job before everybody else and only now goes on: its own pointer, all other objects as they are.
/// </summary>
internal sealed class PastPointerStore(IObjectStore inner) : IObjectStore
{
    public Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    ) =>
        name.EndsWith("/latest", StringComparison.Ordinal)
            ? Task.FromResult("past")
            : inner.PutAsync(name, content, condition, cancellationToken);

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken) =>
        name.EndsWith("/latest", StringComparison.Ordinal) ? Task.FromResult<StoredObject?>(null) : inner.GetAsync(name, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);
}
