using System.Buffers;
using Millrace.Checkpoints;

namespace Millrace.Functions.Jobs;

/// <summary>Puts large states into immutable blobs and gets them back.</summary>
internal sealed class TaskStates(IObjectStore store, int maxBytes)
{
    public async Task<ReadOnlyMemory<byte>> LoadAsync(TaskState? state, CancellationToken cancellationToken)
    {
        if (state?.Blob is not { } blob)
        {
            return state?.Bytes;
        }

        StoredObject stored = await store.GetAsync(blob, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException($"Blob '{blob}' is missing, though a task's state points to it; start the job from a savepoint.");
        return stored.Content;
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

        string blob = folder + Guid.NewGuid().ToString("n");
        await store.PutAsync(blob, new ReadOnlySequence<byte>(bytes), PutCondition.IfAbsent, cancellationToken).ConfigureAwait(false);
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

        return durable with { Garbage = [] };
    }
}
