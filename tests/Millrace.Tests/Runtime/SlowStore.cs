using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Tests.Runtime;

/// <summary>A store that holds a checkpoint's parts back, written or read, until a test lets them go.</summary>
internal sealed class SlowStore(IObjectStore inner, Task release, bool isSlowToRead = false) : IObjectStore
{
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the first part has come.</summary>
    public Task Reached => _reached.Task;

    public async Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    )
    {
        if (!isSlowToRead)
        {
            await HoldAsync(name, cancellationToken);
        }

        return await inner.PutAsync(name, content, condition, cancellationToken);
    }

    public async Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (isSlowToRead)
        {
            await HoldAsync(name, cancellationToken);
        }

        return await inner.GetAsync(name, cancellationToken);
    }

    public IAsyncEnumerable<string> ListAsync(string prefix, CancellationToken cancellationToken) =>
        inner.ListAsync(prefix, cancellationToken);

    public Task DeleteAsync(string name, CancellationToken cancellationToken) => inner.DeleteAsync(name, cancellationToken);

    private async Task HoldAsync(string name, CancellationToken cancellationToken)
    {
        if (name.Contains("/parts", StringComparison.Ordinal))
        {
            _reached.TrySetResult();
            await release.WaitAsync(cancellationToken);
        }
    }
}
