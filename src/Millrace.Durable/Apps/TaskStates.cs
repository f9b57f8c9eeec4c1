using System.Collections.Concurrent;
using System.Globalization;
using Millrace.Checkpoints;
using Millrace.Durable.Tasks;

namespace Millrace.Durable.Apps;

/// <summary>
/// Puts large states into immutable blobs and gets them back. A blob that a saved state once pointed to is deleted by a batch that has
/// loaded a state without it. One that no saved state ever pointed to, because the batch was given up, is found by its name: it says when
/// it was made.
/// </summary>
internal sealed class TaskStates(IObjectStore store, int maxBytes, DurableServices services)
{
    /// <summary>
    /// Blobs younger than this are left alone: they may be of a batch that is still to be saved. Many times longer than any batch.
    /// </summary>
    public static readonly TimeSpan OrphanAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan OrphanInterval = TimeSpan.FromMinutes(15);
    private readonly ConcurrentDictionary<string, long> _collected = new(StringComparer.Ordinal);

    public async Task<ReadOnlyMemory<byte>> LoadAsync(TaskState? state, CancellationToken cancellationToken)
    {
        if (state?.Blob is not { } blob)
        {
            return state?.Bytes;
        }

        StoredObject stored =
            await store.GetAsync(blob, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"Blob '{blob}' is missing, though a task's state points to it; start the job from a savepoint."
            );
        return Checksums.Open(stored, blob);
    }

    /// <summary>The state to save for some bytes.</summary>
    /// <param name="before">The state that it replaces.</param>
    /// <param name="bytes">The bytes.</param>
    /// <param name="folder">Where blobs of the task go.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<TaskState> StoreAsync(TaskState? before, byte[] bytes, string folder, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> garbage = before?.Blob is { } old ? [.. before.Garbage, old] : before?.Garbage ?? [];
        if (bytes.Length <= maxBytes)
        {
            return new TaskState(bytes, null, garbage);
        }

        string blob = string.Create(
            CultureInfo.InvariantCulture,
            $"{folder}{services.Time.GetUtcNow().ToUnixTimeMilliseconds():x12}-{services.NewId():n}"
        );
        await store.PutAsync(blob, Checksums.Seal(bytes), PutCondition.IfAbsent, cancellationToken).ConfigureAwait(false);
        return new TaskState(null, blob, garbage);
    }

    /// <summary>Deletes what a durable state no longer points to, and returns the state without it.</summary>
    public async Task<TaskState?> CollectAsync(TaskState? durable, CancellationToken cancellationToken)
    {
        if (durable is null || durable.Garbage.Count == 0)
        {
            return durable;
        }

        foreach (string blob in durable.Garbage)
        {
            await store.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
        }

        return durable with
        {
            Garbage = [],
        };
    }

    /// <summary>Deletes blobs that no saved state can ever point to; looks once in a while.</summary>
    /// <param name="durable">The state that the batch under way has loaded.</param>
    /// <param name="folder">Where blobs of the task are.</param>
    /// <param name="batchStart">When the batch began. Ages count from then: whatever has been saved since the state was loaded points to
    /// younger blobs, however long the batch takes.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task CollectOrphansAsync(TaskState? durable, string folder, DateTimeOffset batchStart, CancellationToken cancellationToken)
    {
        if (_collected.TryGetValue(folder, out long last) && services.Time.GetElapsedTime(last) < OrphanInterval)
        {
            return;
        }

        _collected[folder] = services.Time.GetTimestamp();
        long newest = (batchStart - OrphanAge).ToUnixTimeMilliseconds();
        List<string> orphans = [];
        await foreach (string blob in store.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (
                MadeAt(blob.AsSpan(folder.Length)) < newest
                && !string.Equals(blob, durable?.Blob, StringComparison.Ordinal)
                && durable?.Garbage.Contains(blob, StringComparer.Ordinal) != true
            )
            {
                orphans.Add(blob);
            }
        }

        foreach (string blob in orphans)
        {
            await store.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
        }
    }

    private static long MadeAt(ReadOnlySpan<char> name) =>
        name.IndexOf('-') is var dash and > 0
        && long.TryParse(name[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long at)
            ? at
            : long.MaxValue;
}

/// <summary>The state of a task's entity, as the framework serializes it: the bytes, or where they are.</summary>
/// <param name="Bytes">Protocol state and engine snapshot, unless they are in a blob.</param>
/// <param name="Blob">Name of the blob that holds them.</param>
/// <param name="Garbage">Blobs that earlier states pointed to; deleted by a batch that has loaded this state, since only then is it
/// durable.</param>
internal sealed record TaskState(byte[]? Bytes, string? Blob, IReadOnlyList<string> Garbage);
