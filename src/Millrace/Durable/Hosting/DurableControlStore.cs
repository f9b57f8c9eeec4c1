using Millrace.Checkpoints;

namespace Millrace.Durable.Hosting;

/// <summary>Reads and swaps a job's <see cref="DurableControl"/>.</summary>
internal sealed class DurableControlStore(IObjectStore store, string job)
{
    private const int MaxAttempts = 10;
    private readonly string _name = DurableNames.ControlOf(job);

    public async Task<DurableControl?> ReadAsync(CancellationToken cancellationToken) =>
        await store.GetAsync(_name, cancellationToken).ConfigureAwait(false) is { } stored ? DurableControlJson.Read(stored, _name) : null;

    /// <summary>Swaps the control object; the change is asked again for what another process has written meanwhile.</summary>
    /// <param name="change">From what is stored (<see langword="null"/> = nothing) to what shall be; returning the same object leaves
    /// it.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<DurableControl> ChangeAsync(Func<DurableControl?, DurableControl> change, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            StoredObject? stored = await store.GetAsync(_name, cancellationToken).ConfigureAwait(false);
            DurableControl? before = stored is null ? null : DurableControlJson.Read(stored, _name);
            DurableControl after = change(before);
            if (ReferenceEquals(before, after))
            {
                return after;
            }

            try
            {
                PutCondition condition = stored is null ? PutCondition.IfAbsent : PutCondition.IfMatch(stored.ETag);
                await store.PutAsync(_name, DurableControlJson.Write(after), condition, cancellationToken).ConfigureAwait(false);
                return after;
            }
            catch (PreconditionFailedException) when (attempt < MaxAttempts)
            {
                // Another process was first: look again.
            }
        }
    }
}
