using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Serialization;
using Millrace.Checkpoints;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Puts what is large of a state into immutable blobs and gets it back. A blob that a saved state once pointed to is deleted by a batch
/// that has loaded a state without it. One that no saved state ever pointed to, because the batch was given up, is found by its name: it
/// says when it was made.
/// </summary>
internal sealed class TaskStates(IObjectStore store, int maxBytes, DurableServices services)
{
    /// <summary>
    /// Blobs younger than this are left alone: they may be of a batch that is still to be saved. Many times longer than any batch.
    /// </summary>
    public static readonly TimeSpan OrphanAge = TimeSpan.FromHours(1);

    private static readonly TimeSpan OrphanInterval = TimeSpan.FromMinutes(15);

    // An entity's state is written with every batch: from here on it is worth to write changes only, and to leave few of them in it.
    private const int MaxWholeBytes = 64 * 1024;
    private const int MaxInlineBytes = 16 * 1024;

    // So many parts of a level become one of the next: each byte is written once per level, and there are few parts of each.
    private const int FanIn = 8;
    private const long LeastOfNextLevel = 64 * 1024;
    private const long AlwaysTogether = 8 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, long> _collected = new(StringComparer.Ordinal);

    /// <summary>Bytes of a logic's snapshot that are written whole, with every batch.</summary>
    public int WholeBytes { get; } = Math.Min(maxBytes, MaxWholeBytes);

    private int InlineBytes { get; } = Math.Min(maxBytes / 2, MaxInlineBytes);

    /// <summary>The protocol's state, and what the logic writes whole.</summary>
    public async Task<ReadOnlyMemory<byte>> LoadAsync(TaskState? state, CancellationToken cancellationToken) =>
        state?.Blob is { } blob ? await LoadAsync(blob, cancellationToken).ConfigureAwait(false) : state?.Bytes;

    /// <summary>What the logic keeps per key, oldest first.</summary>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> LoadPartsAsync(TaskState? state, CancellationToken cancellationToken) =>
        state?.Parts is { } parts ? await Task.WhenAll(parts.Select(part => LoadAsync(part, cancellationToken))).ConfigureAwait(false) : [];

    /// <summary>The state that follows one, with all that is new in it.</summary>
    /// <param name="before">The state that it replaces.</param>
    /// <param name="head">The protocol's state, and what the logic writes whole.</param>
    /// <param name="parts">What the logic keeps per key.</param>
    public TaskState Follow(TaskState? before, byte[] head, LogicParts parts)
    {
        TaskPart[] all =
        [
            .. (before?.Parts ?? []).TakeLast(parts.Keeps),
            .. parts.Added.Select(part => new TaskPart(part, null, part.Length, LevelOf(part.Length))),
        ];
        TaskState next = new(head, null, []) { Stamp = services.NewId(), Parts = all.Length > 0 ? all : null };
        return next with { Garbage = GarbageOf(before, next) };
    }

    /// <summary>Moves what is too large for an entity to blobs, and puts parts together. What fails of it stays where it is.</summary>
    /// <param name="state">A state.</param>
    /// <param name="folder">Where blobs of the task go.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The same state, and how many of its last parts have become one.</returns>
    public async Task<(TaskState State, int Together)> SpillAsync(TaskState state, string folder, CancellationToken cancellationToken)
    {
        List<TaskPart> parts = [.. state.Parts ?? []];
        int together = TogetherOf(parts);
        if (together > 1)
        {
            TaskPart[] last = [.. parts.TakeLast(together)];
            if (await AttemptAsync(() => MergeAsync(last, folder, cancellationToken)).ConfigureAwait(false) is { } merged)
            {
                parts.RemoveRange(parts.Count - together, together);
                parts.Add(merged);
            }
            else
            {
                together = 1;
            }
        }

        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Bytes is { } bytes && bytes.Length > InlineBytes)
            {
                parts[i] = await PutAsync(new(bytes), folder, cancellationToken).ConfigureAwait(false) is { } blob
                    ? parts[i] with
                    {
                        Bytes = null,
                        Blob = blob,
                    }
                    : parts[i];
            }
        }

        TaskState spilled = state with { Parts = parts.Count > 0 ? parts : null };
        if (state.Bytes is { } head && head.Length + parts.Sum(part => part.Bytes?.Length ?? 0) > maxBytes)
        {
            spilled = await PutAsync(new(head), folder, cancellationToken).ConfigureAwait(false) is { } blob
                ? spilled with
                {
                    Bytes = null,
                    Blob = blob,
                }
                : spilled;
        }

        return (spilled with { Garbage = GarbageOf(state, spilled) }, together);
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
        HashSet<string> known = new(durable is null ? [] : durable.Blobs.Concat(durable.Garbage), StringComparer.Ordinal);
        List<string> orphans = [];
        await foreach (string blob in store.ListAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            if (MadeAt(blob.AsSpan(folder.Length)) < newest && !known.Contains(blob))
            {
                orphans.Add(blob);
            }
        }

        foreach (string blob in orphans)
        {
            await store.DeleteAsync(blob, cancellationToken).ConfigureAwait(false);
        }
    }

    // How many of the last parts are to become one. Levels do not grow from old to new, so that there are few parts of each; and what stays
    // in the entity are the newest.
    private int TogetherOf(List<TaskPart> parts)
    {
        if (parts.Count == 0 || parts.Count(part => part.Bytes?.Length > InlineBytes) > 1)
        {
            // Everything has been written anew.
            return Math.Min(parts.Count, 1);
        }

        int inline = parts.Sum(part => part.Bytes?.Length ?? 0);
        int count = inline > InlineBytes ? parts.Count - parts.FindIndex(part => part.Bytes is not null) : 1;
        long most = Math.Max(AlwaysTogether, parts.Sum(part => part.Size) / 4);
        for (int level = parts.TakeLast(count).Max(part => part.Level); ; level++)
        {
            int lower = CountOf(parts, count, part => part.Level < level);
            int same = CountOf(parts, count + lower, part => part.Level == level);
            bool isFull = same + 1 >= FanIn;
            int next = count + lower + (isFull ? same : 0);
            count = parts.TakeLast(next).Sum(part => part.Size) <= most ? next : count;
            if (!isFull || count != next)
            {
                return count;
            }
        }
    }

    private static int CountOf(List<TaskPart> parts, int behind, Predicate<TaskPart> isMeant)
    {
        int count = 0;
        while (behind + count < parts.Count && isMeant(parts[^(behind + count + 1)]))
        {
            count++;
        }

        return count;
    }

    private async Task<TaskPart> MergeAsync(TaskPart[] parts, string folder, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte>[] contents = await Task.WhenAll(parts.Select(part => LoadAsync(part, cancellationToken)))
            .ConfigureAwait(false);
        using TaskSnapshot merged = MergedSnapshotReader.Merge([
            .. contents.Select((content, i) => new TaskSnapshotReader(content, parts[i].Blob ?? "a part in an entity", isBuiltOn: true)),
        ]);
        int level = Math.Max(LevelOf(merged.Size), parts.Max(part => part.Level) + (parts.Length >= FanIn ? 1 : 0));
        string? blob = merged.Size > InlineBytes ? await PutAsync(merged.Content, folder, cancellationToken).ConfigureAwait(false) : null;
        return new TaskPart(blob is null ? merged.Content.ToArray() : null, blob, merged.Size, level);
    }

    private static int LevelOf(long size)
    {
        int level = 0;
        for (long least = LeastOfNextLevel; size >= least; least *= FanIn)
        {
            level++;
        }

        return level;
    }

    private static string[] GarbageOf(TaskState? before, TaskState next) =>
        before is null ? [] : [.. before.Garbage.Concat(before.Blobs.Except(next.Blobs, StringComparer.Ordinal))];

    private async Task<ReadOnlyMemory<byte>> LoadAsync(TaskPart part, CancellationToken cancellationToken) =>
        part.Bytes ?? await LoadAsync(part.Blob!, cancellationToken).ConfigureAwait(false);

    private async Task<ReadOnlyMemory<byte>> LoadAsync(string blob, CancellationToken cancellationToken)
    {
        StoredObject stored =
            await store.GetAsync(blob, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"Blob '{blob}' is missing, though a task's state points to it; start the job from a savepoint."
            );
        return Checksums.Open(stored, blob);
    }

    // Large, but safe, where it fails: the framework takes it inline.
    private Task<string?> PutAsync(ReadOnlySequence<byte> bytes, string folder, CancellationToken cancellationToken) =>
        AttemptAsync(async () =>
        {
            string blob = string.Create(
                CultureInfo.InvariantCulture,
                $"{folder}{services.Time.GetUtcNow().ToUnixTimeMilliseconds():x12}-{services.NewId():n}"
            );
            await store.PutAsync(blob, Checksums.Seal(bytes), PutCondition.IfAbsent, cancellationToken).ConfigureAwait(false);
            return blob;
        });

    private static async Task<T?> AttemptAsync<T>(Func<Task<T>> action)
        where T : class
    {
        try
        {
            return await action().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return null;
        }
    }

    private static long MadeAt(ReadOnlySpan<char> name) =>
        name.IndexOf('-') is var dash and > 0
        && long.TryParse(name[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long at)
            ? at
            : long.MaxValue;
}

/// <summary>The state of a task's entity, as the framework serializes it: bytes, or where they are.</summary>
/// <param name="Bytes">The protocol's state and what the logic writes whole, unless they are in a blob.</param>
/// <param name="Blob">Name of the blob that holds them.</param>
/// <param name="Garbage">Blobs that earlier states pointed to; deleted by a batch that has loaded this state, since only then is it
/// durable.</param>
internal sealed record TaskState(byte[]? Bytes, string? Blob, IReadOnlyList<string> Garbage)
{
    /// <summary>Which save this is: no other one has the same. States of earlier versions have none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? Stamp { get; init; }

    /// <summary>What the logic keeps per key, oldest first; <see langword="null"/> = that is with the rest.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TaskPart>? Parts { get; init; }

    /// <summary>All blobs that it points to.</summary>
    [JsonIgnore]
    public IEnumerable<string> Blobs => (Parts ?? []).Select(part => part.Blob).Append(Blob).OfType<string>();
}

/// <summary>What a task's logic has written of what it keeps per key: everything of some key groups, changes of others.</summary>
/// <param name="Bytes">A part of a snapshot that later ones may build on, unless it is in a blob.</param>
/// <param name="Blob">Name of the blob that holds it.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Level">How often it has been put together from others, or as if it had been for its size.</param>
internal sealed record TaskPart(byte[]? Bytes, string? Blob, long Size, int Level);
