using System.Buffers;
using System.Globalization;
using System.IO.Hashing;
using System.Text.Json;

namespace Millrace.Checkpoints;

/// <summary>
/// Checkpoints of one job in an object store: <c>jobs/{job}/checkpoints/{id}/{stage}-{task}</c> and a manifest beside them, written last. Savepoints lie under
/// <c>jobs/{job}/savepoints/{name}</c> and are never deleted. Not thread-safe but for <see cref="WritePartAsync"/>.
/// </summary>
internal sealed class CheckpointStorage(IObjectStore store, string job, int retained)
{
    private readonly string _root = $"jobs/{ObjectNames.Escape(job)}";

    public async Task<CheckpointPart> WritePartAsync(
        long id, bool isSavepoint, string? target, string stage, int task, TaskSnapshot snapshot, CancellationToken cancellationToken)
    {
        string name = $"{FolderOf(id, isSavepoint, target)}/{ObjectNames.Escape(stage)}-{task.ToString(CultureInfo.InvariantCulture)}";
        await store.PutAsync(name, snapshot.Content, PutCondition.None, cancellationToken).ConfigureAwait(false);
        return new CheckpointPart(stage, task, name, snapshot.Size, snapshot.Checksum);
    }

    /// <summary>Writes the manifest, which makes the checkpoint complete, and deletes checkpoints beyond those retained.</summary>
    /// <returns>Name of the manifest: what <see cref="LoadAsync"/> takes.</returns>
    public async Task<string> CompleteAsync(CheckpointManifest manifest, string? target, CancellationToken cancellationToken)
    {
        string name = $"{FolderOf(manifest.Id, manifest.IsSavepoint, target)}/manifest.json";
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(manifest, CheckpointJson.Default.CheckpointManifest);
        await store.PutAsync(name, new ReadOnlySequence<byte>(json), PutCondition.IfAbsent, cancellationToken).ConfigureAwait(false);
        if (!manifest.IsSavepoint)
        {
            await DeleteOldAsync(cancellationToken).ConfigureAwait(false);
        }

        return name;
    }

    public async Task<RestoredCheckpoint?> LoadLatestAsync(CancellationToken cancellationToken)
    {
        List<string> manifests = await ManifestsAsync(cancellationToken).ConfigureAwait(false);
        return manifests.Count == 0 ? null : await LoadAsync(manifests[^1], cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="InvalidDataException">There is no such checkpoint, or it is damaged.</exception>
    public async Task<RestoredCheckpoint> LoadAsync(string location, CancellationToken cancellationToken)
    {
        StoredObject json = await store.GetAsync(location, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException($"There is no checkpoint or savepoint '{location}'; expected the location that a savepoint returned.");
        CheckpointManifest manifest = JsonSerializer.Deserialize(json.Content.Span, CheckpointJson.Default.CheckpointManifest)
            ?? throw new InvalidDataException($"Manifest '{location}' is empty.");
        List<TaskSnapshotReader> parts = [];
        foreach (CheckpointPart part in manifest.Parts)
        {
            StoredObject content = await store.GetAsync(part.Name, cancellationToken).ConfigureAwait(false)
                ?? throw new InvalidDataException($"Checkpoint {manifest.Id} of job '{job}' lacks its part '{part.Name}'.");
            if (XxHash3.HashToUInt64(content.Content.Span) != part.Checksum)
            {
                throw new InvalidDataException($"Part '{part.Name}' of checkpoint {manifest.Id} of job '{job}' is damaged: its checksum is not the manifest's.");
            }

            parts.Add(new TaskSnapshotReader(content.Content, part.Name));
        }

        return new RestoredCheckpoint(manifest, parts);
    }

    /// <summary>Deletes all checkpoints, not savepoints: the job has finished.</summary>
    public async Task DeleteCheckpointsAsync(CancellationToken cancellationToken)
    {
        // Manifests first: a checkpoint without one does not count.
        List<string> names = [.. await ManifestsAsync(cancellationToken).ConfigureAwait(false)];
        await foreach (string name in store.ListAsync($"{_root}/checkpoints/", cancellationToken).ConfigureAwait(false))
        {
            names.Add(name);
        }

        foreach (string name in names)
        {
            await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }

    private string FolderOf(long id, bool isSavepoint, string? target) =>
        isSavepoint ? $"{_root}/savepoints/{ObjectNames.Escape(target ?? id.ToString("D12", CultureInfo.InvariantCulture))}" : $"{_root}/checkpoints/{id:D12}";

    private async Task<List<string>> ManifestsAsync(CancellationToken cancellationToken)
    {
        List<string> manifests = [];
        await foreach (string name in store.ListAsync($"{_root}/checkpoints/", cancellationToken).ConfigureAwait(false))
        {
            if (name.EndsWith("/manifest.json", StringComparison.Ordinal))
            {
                manifests.Add(name);
            }
        }

        return manifests;
    }

    private async Task DeleteOldAsync(CancellationToken cancellationToken)
    {
        List<string> manifests = await ManifestsAsync(cancellationToken).ConfigureAwait(false);
        if (manifests.Count <= retained)
        {
            return;
        }

        string oldestKept = manifests[^retained][..^"manifest.json".Length];
        List<string> old = [];
        await foreach (string name in store.ListAsync($"{_root}/checkpoints/", cancellationToken).ConfigureAwait(false))
        {
            if (string.CompareOrdinal(name, oldestKept) < 0)
            {
                old.Add(name);
            }
        }

        foreach (string name in old.OrderByDescending(name => name.EndsWith("/manifest.json", StringComparison.Ordinal)))
        {
            await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
        }
    }
}
