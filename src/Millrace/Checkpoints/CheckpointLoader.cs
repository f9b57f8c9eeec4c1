using System.IO.Hashing;
using Millrace.Scheduling;

namespace Millrace.Checkpoints;

/// <summary>Reads checkpoints and savepoints and verifies every byte of them.</summary>
internal static class CheckpointLoader
{
    private const int PartsAtOnce = 8;

    /// <summary>Loads a checkpoint or savepoint by its path.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="path">Its folder, or the name of its manifest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="execution">Where parts are read side by side; <see langword="null"/> = on the thread pool.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="isKept">Whether it is the job's own, see <see cref="RestoredCheckpoint.IsKept"/>.</param>
    /// <exception cref="InvalidDataException">It is not there, incomplete or damaged; the message names the object.</exception>
    public static async Task<RestoredCheckpoint> LoadAsync(
        IObjectStore store,
        string path,
        CancellationToken cancellationToken,
        Execution? execution = null,
        RestoreProgress? progress = null,
        bool isKept = false
    )
    {
        const string ManifestEnd = "/" + CheckpointLocation.ManifestFile;
        string folder = path.EndsWith(ManifestEnd, StringComparison.Ordinal) ? path[..^ManifestEnd.Length] : path.TrimEnd('/');
        string manifestName = folder + ManifestEnd;
        ThrowIfNoName(manifestName, "the path of a checkpoint or savepoint");
        StoredObject stored =
            await store.GetAsync(manifestName, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"There is no manifest '{manifestName}': the checkpoint was never completed, or has been deleted; list the checkpoints "
                    + "there are and give the path of one."
            );
        CheckpointManifest manifest = CheckpointJson.ReadManifest(stored, manifestName);
        ThrowIfUnusable(manifest, manifestName);

        (CheckpointPart Part, bool IsBuiltOn)[] parts =
        [
            .. manifest.Stages.SelectMany(stage =>
                stage.Parts.Select((part, i) => (part, stage.Parts.Skip(i + 1).Any(later => later.Task == part.Task)))
            ),
        ];
        progress?.Begin($"checkpoint {manifest.CheckpointId}", parts.Sum(static each => each.Part.Size));
        TaskSnapshotReader[] readers = new TaskSnapshotReader[parts.Length];
        await (execution ?? Execution.ThreadPool)
            .ForEachAsync(
                [.. Enumerable.Range(0, parts.Length)],
                PartsAtOnce,
                async (i, token) =>
                {
                    readers[i] = await LoadPartAsync(store, folder, parts[i].Part, parts[i].IsBuiltOn, token).ConfigureAwait(false);
                    progress?.OnPartRead(parts[i].Part.Size);
                },
                cancellationToken
            )
            .ConfigureAwait(false);
        return new RestoredCheckpoint(manifest, folder, readers) { IsKept = isKept };
    }

    /// <summary>What was written before manifests had checksums may hold anything.</summary>
    private static void ThrowIfUnusable(CheckpointManifest manifest, string name)
    {
        foreach (CheckpointStage stage in manifest.Stages)
        {
            foreach (CheckpointPart part in stage?.Parts ?? [])
            {
                ThrowIfNoName(part?.FullName("folder") ?? "", $"a part in manifest '{name}'");
            }
        }

        if (manifest.Stages.Contains(null!))
        {
            throw new InvalidDataException(
                $"Manifest '{name}' is damaged: it has a stage without contents; restore from another checkpoint."
            );
        }
    }

    private static void ThrowIfNoName(string name, string what)
    {
        try
        {
            ObjectNames.ThrowIfInvalid(name);
        }
        catch (ArgumentException exception)
        {
            throw new InvalidDataException($"'{name}' cannot be {what}: {exception.Message} Restore from another checkpoint.", exception);
        }
    }

    private static async Task<TaskSnapshotReader> LoadPartAsync(
        IObjectStore store,
        string folder,
        CheckpointPart part,
        bool isBuiltOn,
        CancellationToken cancellationToken
    )
    {
        string name = part.FullName(folder);
        StoredObject stored =
            await store.GetAsync(name, cancellationToken).ConfigureAwait(false)
            ?? throw new InvalidDataException(
                $"Checkpoint part '{name}' is missing, though its manifest names it; restore from another checkpoint."
            );
        if (stored.Content.Length != part.Size)
        {
            throw new InvalidDataException(
                $"Checkpoint part '{name}' has {stored.Content.Length} bytes instead of {part.Size}; restore from another checkpoint."
            );
        }

        string checksum = Checksums.TextOf(XxHash3.HashToUInt64(stored.Content.Span));
        return string.Equals(checksum, part.Checksum, StringComparison.Ordinal)
            ? new TaskSnapshotReader(stored.Content, name, isBuiltOn)
            : throw new InvalidDataException(
                $"Checkpoint part '{name}' is damaged: its checksum is {checksum} instead of {part.Checksum}; restore from another "
                    + "checkpoint."
            );
    }
}
