using Microsoft.Extensions.Logging;

namespace Millrace.Checkpoints;

/// <summary>
/// A job's pointer as one run of the job sees and swaps it. Not thread-safe: <see cref="CheckpointStorage"/> lets one in at a time.
/// </summary>
internal sealed class OwnedPointer(IObjectStore store, string job, TimeProvider time, ILogger log)
{
    // Each lost swap means that another run has got further, so this is only ever reached by runs that take the job from one another.
    private const int MaxAcquisitions = 10;

    private readonly string _name = CheckpointCatalog.PointerName(job);
    private readonly string _owner = Guid.NewGuid().ToString("n");

    // As far as known, what the store has.
    private string? _etag;
    private bool _isKnown;
    private bool _isAcquired;

    public CheckpointPointer Current { get; private set; } = CheckpointPointer.Empty;

    /// <summary>Number of this run; 0 before it has taken the job over.</summary>
    public long Epoch => _isAcquired ? Current.Epoch : 0;

    /// <summary>Takes the job over.</summary>
    /// <param name="forgetCheckpoints">Whether the run starts anew: then the pointer that is there needs not be readable.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="startFrom">What a run that starts anew begins with; <see langword="null"/> = nothing.</param>
    /// <param name="restoredFrom">By which name that was asked for.</param>
    public async Task AcquireAsync(
        bool forgetCheckpoints,
        CancellationToken cancellationToken,
        CompletedCheckpoint? startFrom = null,
        string? restoredFrom = null
    )
    {
        for (int attempt = 1; ; attempt++)
        {
            await ReadAsync(mayBeDamaged: forgetCheckpoints, cancellationToken).ConfigureAwait(false);
            try
            {
                await SwapAsync(
                        pointer =>
                            pointer with
                            {
                                Epoch = pointer.Epoch + 1,
                                Owner = _owner,
                                Completed =
                                    !forgetCheckpoints ? pointer.Completed
                                    : startFrom is null ? []
                                    : [startFrom],
                                RestoredFrom = forgetCheckpoints ? restoredFrom : pointer.RestoredFrom,
                            },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                _isAcquired = true;
                return;
            }
            catch (JobFencedException) when (!_isAcquired && attempt < MaxAcquisitions)
            {
                // The run before has completed a checkpoint in between, which counts.
            }
        }
    }

    /// <summary>Whether the job has begun with this before.</summary>
    public async Task<bool> HasRestoredAsync(string location, CancellationToken cancellationToken)
    {
        await ReadAsync(mayBeDamaged: false, cancellationToken).ConfigureAwait(false);
        return string.Equals(Current.RestoredFrom, location, StringComparison.Ordinal);
    }

    /// <summary>Puts a changed pointer in the place of the one that is known.</summary>
    /// <exception cref="JobFencedException">Another run has taken the job over.</exception>
    public async Task SwapAsync(Func<CheckpointPointer, CheckpointPointer> change, CancellationToken cancellationToken)
    {
        if (!_isKnown)
        {
            // An earlier swap is in doubt: see whether it happened and whether the job is still this run's.
            await ReadAsync(mayBeDamaged: false, cancellationToken).ConfigureAwait(false);
        }

        CheckpointPointer next = change(Current);
        PutCondition condition = _etag is null ? PutCondition.IfAbsent : PutCondition.IfMatch(_etag);
        _isKnown = false;
        try
        {
            _etag = await store.PutAsync(_name, CheckpointJson.Write(next), condition, cancellationToken).ConfigureAwait(false);
        }
        catch (PreconditionFailedException exception)
        {
            throw Fenced("another run has taken it over", exception);
        }

        Current = next;
        _isKnown = true;
    }

    private async Task ReadAsync(bool mayBeDamaged, CancellationToken cancellationToken)
    {
        StoredObject? stored = await store.GetAsync(_name, cancellationToken).ConfigureAwait(false);
        CheckpointPointer found;
        try
        {
            found =
                stored is not null ? CheckpointJson.ReadPointer(stored, _name)
                : _isAcquired ? CheckpointPointer.Empty
                : await ReadMissingAsync(startsAnew: mayBeDamaged, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException damaged) when (mayBeDamaged && !_isAcquired && CheckpointJson.IsDamaged(damaged))
        {
            Log.PointerReplaced(log, damaged, job);
            found = await ReconstructAsync(cancellationToken).ConfigureAwait(false);
        }

        if (_isAcquired && !string.Equals(found.Owner, _owner, StringComparison.Ordinal))
        {
            throw Fenced(stored is null ? $"'{_name}' is gone" : $"run {found.Epoch} has taken it over", innerException: null);
        }

        Current = found;
        _etag = stored?.ETag;
        _isKnown = true;
    }

    /// <summary>
    /// What stands for a pointer that is not there. A run puts the pointer before it stores anything else, and nothing of Millrace ever
    /// deletes it, not even at the end of the job: where a checkpoint is complete, that is has a manifest, there was a pointer, and it
    /// has been lost. It said which checkpoints count, and transactions have been committed by it, so the job must not start without
    /// state as if it were new. A folder without a manifest is of a checkpoint that was never completed, or is being deleted (manifests
    /// go first), and blocks nothing; nor do savepoints alone, which outlive jobs and may have been copied to a new place.
    /// </summary>
    private async Task<CheckpointPointer> ReadMissingAsync(bool startsAnew, CancellationToken cancellationToken)
    {
        Dictionary<string, long> complete = new(StringComparer.Ordinal);
        bool hasCheckpoint = false;
        foreach (string kind in (string[])["checkpoints", "savepoints"])
        {
            string parent = $"{CheckpointCatalog.FolderOf(job)}/{kind}/";
            await foreach (string name in store.ListAsync(parent, cancellationToken).ConfigureAwait(false))
            {
                // "manifest.json" comes before the parts, whose names hold the number where the folder's does not.
                string folder = CheckpointLocation.FolderOf(name, parent);
                bool isManifest = string.Equals(name, $"{folder}/{CheckpointLocation.ManifestFile}", StringComparison.Ordinal);
                hasCheckpoint |= isManifest && kind == "checkpoints";
                if (isManifest || complete.ContainsKey(folder))
                {
                    complete[folder] = Math.Max(complete.GetValueOrDefault(folder), CheckpointLocation.NumbersIn(name).CheckpointId);
                }
            }
        }

        if (hasCheckpoint && !startsAnew)
        {
            string newest = complete.MaxBy(entry => (entry.Value, entry.Key)).Key;
            throw new InvalidDataException(
                $"Job '{job}' has complete checkpoints, but '{_name}' is missing, which says which of them count; "
                    + "without it the job would start without state. Put it back from a backup, or restore the newest one there is with "
                    + $"--restore {newest} (ExecutionOptions.RestoreFrom). To start without state give another --checkpoint-dir, "
                    + $"or delete '{CheckpointCatalog.FolderOf(job)}' with all its checkpoints and savepoints."
            );
        }

        return complete.Count > 0 ? await ReconstructAsync(cancellationToken).ConfigureAwait(false) : CheckpointPointer.Empty;
    }

    /// <summary>
    /// Numbers that no run has used: those of checkpoints from the names of what is stored, that of the run from the clock, since runs
    /// without a checkpoint have left no name.
    /// </summary>
    private async Task<CheckpointPointer> ReconstructAsync(CancellationToken cancellationToken)
    {
        // Runs count from 1, so the milliseconds of the clock are beyond any of them.
        long epoch = time.GetUtcNow().ToUnixTimeMilliseconds();
        long id = 0;
        await foreach (string name in store.ListAsync(CheckpointCatalog.FolderOf(job) + "/", cancellationToken).ConfigureAwait(false))
        {
            (long nameId, long nameEpoch) = CheckpointLocation.NumbersIn(name);
            (id, epoch) = (Math.Max(id, nameId), Math.Max(epoch, nameEpoch));
        }

        return CheckpointPointer.Empty with
        {
            Epoch = epoch,
            LastCheckpointId = id,
        };
    }

    private JobFencedException Fenced(string why, Exception? innerException) =>
        new(
            $"Job '{job}' is not owned by run {Epoch}: {why}; this run ends and commits nothing. Give jobs that run at the same time "
                + "different names.",
            innerException
        );
}

/// <summary>
/// Another run of the same job has taken the job over. This run must end without committing anything, and must not be restarted: that would
/// take the job from the run that rightly has it.
/// </summary>
internal sealed class JobFencedException : Exception
{
    public JobFencedException() { }

    public JobFencedException(string message)
        : base(message) { }

    public JobFencedException(string message, Exception? innerException)
        : base(message, innerException) { }
}
