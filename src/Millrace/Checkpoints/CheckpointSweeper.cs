using Microsoft.Extensions.Logging;

namespace Millrace.Checkpoints;

/// <summary>
/// Deletes what checkpoints no longer need; a part stays as long as the manifest of a listed checkpoint names it. Never throws: what is not
/// deleted costs space, not correctness. Used by one call at a time.
/// </summary>
internal sealed class CheckpointSweeper(IObjectStore store, string job, ILogger log)
{
    private readonly string _checkpoints = $"{CheckpointCatalog.FolderOf(job)}/checkpoints/";

    // Of each checkpoint that is or was listed the full names of its parts.
    private readonly Dictionary<string, IReadOnlyList<string>> _parts = new(StringComparer.Ordinal);

    /// <summary>A checkpoint is complete.</summary>
    public void Note(string folder, CheckpointManifest manifest) => _parts[folder] = [.. manifest.PartNames(folder)];

    /// <summary>Deletes what a checkpoint has stored that nothing names.</summary>
    public Task DeleteFolderAsync(string folder, CancellationToken cancellationToken) =>
        TryAsync(folder, () => DeleteAsync(folder + "/", static _ => true, cancellationToken));

    /// <summary>Deletes a checkpoint that is not listed any more, and those parts of others that only it has named.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="listed">What the pointer lists.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DeleteCheckpointAsync(string folder, IReadOnlyList<CompletedCheckpoint> listed, CancellationToken cancellationToken) =>
        TryAsync(
            folder,
            async () =>
            {
                HashSet<string> named = await NamedByAsync(listed, cancellationToken).ConfigureAwait(false);
                IReadOnlyList<string> parts = await PartsOfAsync(folder, cancellationToken).ConfigureAwait(false);
                await DeleteAsync(folder + "/", name => !named.Contains(name), cancellationToken).ConfigureAwait(false);
                foreach (string part in parts.Where(part => !named.Contains(part)))
                {
                    await store.DeleteAsync(part, cancellationToken).ConfigureAwait(false);
                }

                _parts.Remove(folder);
            }
        );

    /// <summary>
    /// Deletes the folders of checkpoints that are not listed; never those of a newer run, for this one may be the zombie.
    /// </summary>
    /// <param name="listed">What the pointer lists.</param>
    /// <param name="newestEpoch">Number of the newest run whose folders go.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DeleteCheckpointsAsync(IReadOnlyList<CompletedCheckpoint> listed, long newestEpoch, CancellationToken cancellationToken)
    {
        HashSet<string> kept = [.. listed.Select(completed => completed.Folder)];
        return TryAsync(
            _checkpoints,
            async () =>
            {
                HashSet<string> named = await NamedByAsync(listed, cancellationToken).ConfigureAwait(false);
                await DeleteAsync(_checkpoints, name => IsSuperfluous(name) && !named.Contains(name), cancellationToken)
                    .ConfigureAwait(false);
            }
        );

        bool IsSuperfluous(string name)
        {
            string folder = CheckpointLocation.FolderOf(name, _checkpoints);
            return !kept.Contains(folder) && CheckpointLocation.EpochOf(folder) <= newestEpoch;
        }
    }

    private async Task<HashSet<string>> NamedByAsync(IReadOnlyList<CompletedCheckpoint> listed, CancellationToken cancellationToken)
    {
        HashSet<string> named = new(StringComparer.Ordinal);
        foreach (CompletedCheckpoint completed in listed.Where(entry => entry.Kind == CheckpointKind.Checkpoint))
        {
            named.UnionWith(await PartsOfAsync(completed.Folder, cancellationToken).ConfigureAwait(false));
        }

        return named;
    }

    // A manifest that cannot be read may name anything, so it fails what asks for it. One that is not there names nothing.
    private async Task<IReadOnlyList<string>> PartsOfAsync(string folder, CancellationToken cancellationToken)
    {
        if (_parts.TryGetValue(folder, out IReadOnlyList<string>? known))
        {
            return known;
        }

        string name = $"{folder}/{CheckpointLocation.ManifestFile}";
        return await store.GetAsync(name, cancellationToken).ConfigureAwait(false) is { } stored
            ? _parts[folder] = [.. CheckpointJson.ReadManifest(stored, name).PartNames(folder)]
            : [];
    }

    private async Task DeleteAsync(string prefix, Func<string, bool> predicate, CancellationToken cancellationToken)
    {
        // "manifest.json" sorts before "parts/": a checkpoint that is deleted halfway has no manifest any more.
        await foreach (string name in store.ListAsync(prefix, cancellationToken).ConfigureAwait(false))
        {
            if (predicate(name))
            {
                await store.DeleteAsync(name, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task TryAsync(string prefix, Func<Task> delete)
    {
        try
        {
            await delete().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What is not deleted costs space, not correctness.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.DeletionFailed(log, exception, job, prefix);
        }
    }
}
