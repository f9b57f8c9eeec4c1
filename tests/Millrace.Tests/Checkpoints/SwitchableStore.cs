using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Tests.Checkpoints;

/// <summary>A store that can lose writes of the pointer, or their replies.</summary>
internal sealed class SwitchableStore(IObjectStore inner) : IObjectStore
{
    public bool LosesReplies { get; set; }

    public bool LosesWrites { get; set; }

    /// <summary>What another process does just before each of the next writes of the pointer.</summary>
    public Queue<Func<Task>> BeforeWrites { get; } = new();

    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        if (name.EndsWith("/latest", StringComparison.Ordinal) && BeforeWrites.TryDequeue(out Func<Task>? before))
        {
            await before();
        }

        if (LosesWrites && name.EndsWith("/latest", StringComparison.Ordinal))
        {
            throw new IOException("The write was lost.");
        }

        string etag = await inner.PutAsync(name, content, condition, cancellationToken);
        return LosesReplies && name.EndsWith("/latest", StringComparison.Ordinal) ? throw new IOException("The reply was lost.") : etag;
    }

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken) => inner.GetAsync(name, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);
}
