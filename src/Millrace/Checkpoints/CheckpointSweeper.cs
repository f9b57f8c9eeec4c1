using Microsoft.Extensions.Logging;

namespace Millrace.Checkpoints;

/// <summary>Deletes what checkpoints no longer need. Never throws: what is not deleted costs space, not correctness.</summary>
internal sealed class CheckpointSweeper(IObjectStore store, string job, ILogger log)
{
    private readonly string _checkpoints = $"{CheckpointCatalog.FolderOf(job)}/checkpoints/";

    public Task DeleteFolderAsync(string folder, CancellationToken cancellationToken) =>
        DeleteAsync(folder + "/", _ => true, cancellationToken);

    /// <summary>
    /// Deletes the folders of checkpoints that are not listed; never those of a newer run, for this one may be the zombie.
    /// </summary>
    /// <param name="listed">What the pointer lists.</param>
    /// <param name="newestEpoch">Number of the newest run whose folders go.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task DeleteCheckpointsAsync(IReadOnlyList<CompletedCheckpoint> listed, long newestEpoch, CancellationToken cancellationToken)
    {
        HashSet<string> kept = [.. listed.Select(completed => completed.Folder)];
        return DeleteAsync(_checkpoints, IsSuperfluous, cancellationToken);

        bool IsSuperfluous(string name)
        {
            string folder = CheckpointLocation.FolderOf(name, _checkpoints);
            return !kept.Contains(folder) && CheckpointLocation.EpochOf(folder) <= newestEpoch;
        }
    }

    private async Task DeleteAsync(string prefix, Func<string, bool> predicate, CancellationToken cancellationToken)
    {
        try
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
#pragma warning disable CA1031 // What is not deleted costs space, not correctness.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.DeletionFailed(log, exception, job, prefix);
        }
    }
}
