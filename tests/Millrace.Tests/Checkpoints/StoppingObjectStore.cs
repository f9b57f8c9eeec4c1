using System.Buffers;
using System.Runtime.CompilerServices;
using Millrace.Checkpoints;

namespace Millrace.Tests.Checkpoints;

/// <summary>
/// A store whose user dies in the middle: after a number of calls every call fails, the first of them either before or after it was carried
/// out.
/// </summary>
internal sealed class StoppingObjectStore(IObjectStore inner, int calls, bool lastIsCarriedOut) : IObjectStore
{
    private int _left = calls;

    public bool HasStopped => _left < 0;

    public Task<string> PutAsync(
        string name,
        ReadOnlySequence<byte> content,
        PutCondition condition,
        CancellationToken cancellationToken
    ) => CallAsync(() => inner.PutAsync(name, content, condition, cancellationToken));

    public Task<StoredObject?> GetAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(() => inner.GetAsync(name, cancellationToken));

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        CallAsync(async () =>
        {
            await inner.DeleteAsync(name, cancellationToken);
            return 0;
        });

    public async IAsyncEnumerable<string> ListAsync(string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (
            string name in await CallAsync(async () => await inner.ListAsync(prefix, cancellationToken).ToListAsync(cancellationToken))
        )
        {
            yield return name;
        }
    }

    private async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        if (--_left >= 0)
        {
            return await call();
        }

        if (_left == -1 && lastIsCarriedOut)
        {
            await call();
        }

        throw new IOException("The process has died.");
    }
}
