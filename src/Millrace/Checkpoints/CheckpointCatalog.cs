namespace Millrace.Checkpoints;

/// <summary>What checkpoints and savepoints a job has, seen from outside: reads only, takes nothing over.</summary>
internal static class CheckpointCatalog
{
    public static string FolderOf(string job) => $"jobs/{ObjectNames.Escape(job)}";

    public static string PointerName(string job) => $"{FolderOf(job)}/latest";

    /// <summary>Lists a job's complete checkpoints and savepoints, newest first.</summary>
    /// <param name="store">Where they are.</param>
    /// <param name="job">Name of the job.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public static async Task<IReadOnlyList<CompletedCheckpoint>> ListAsync(
        IObjectStore store,
        string job,
        CancellationToken cancellationToken
    )
    {
        Dictionary<string, CompletedCheckpoint> listed = new(StringComparer.Ordinal);
        if (await store.GetAsync(PointerName(job), cancellationToken).ConfigureAwait(false) is { } stored)
        {
            foreach (CompletedCheckpoint completed in CheckpointJson.ReadPointer(stored, PointerName(job)).Completed)
            {
                listed.Add(completed.Folder, completed);
            }
        }

        // Savepoints outlive the pointer's list.
        await foreach (string name in store.ListAsync($"{FolderOf(job)}/savepoints/", cancellationToken).ConfigureAwait(false))
        {
            if (
                name.EndsWith($"/{CheckpointLocation.ManifestFile}", StringComparison.Ordinal)
                && await store.GetAsync(name, cancellationToken).ConfigureAwait(false) is { } manifest
            )
            {
                CheckpointManifest read = CheckpointJson.ReadManifest(manifest, name);
                string folder = name[..name.LastIndexOf('/')];
                listed.TryAdd(folder, new CompletedCheckpoint(read.CheckpointId, read.Kind, read.Timestamp, read.Size(), folder));
            }
        }

        return
        [
            .. listed
                .Values.OrderByDescending(completed => completed.CheckpointId)
                .ThenByDescending(completed => completed.Folder, StringComparer.Ordinal),
        ];
    }
}
