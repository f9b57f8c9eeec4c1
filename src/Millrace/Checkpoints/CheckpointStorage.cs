using Microsoft.Extensions.Logging;

namespace Millrace.Checkpoints;

/// <summary>
/// The checkpoints of one job, as owned by one run of it.
/// <code>
/// jobs/{job}/latest                                          the pointer
/// jobs/{job}/checkpoints/{id}-{epoch}/parts/{stage}-{task}   written first
/// jobs/{job}/checkpoints/{id}-{epoch}/manifest.json          written when all parts are there
/// jobs/{job}/savepoints/{name}/...                           the same
///
/// Created -> AcquireAsync -> { LoadLatestAsync, { Locate, WritePartAsync*, CompleteAsync | AbortAsync }* } -> [AcquireAsync: another
/// attempt of the same run]
/// </code>
/// A run begins by swapping a new epoch into the pointer. A checkpoint counts once the pointer lists it, and the pointer is only swapped by
/// ETag: an older run that still goes on gets <see cref="JobFencedException"/>, and what it wrote is never restored.
/// <para>Thread-safe. A call of an earlier attempt that is still under way cannot change what a later attempt has acquired.</para>
/// </summary>
internal sealed class CheckpointStorage(IObjectStore store, string job, int retained, TimeProvider time, ILogger log) : IDisposable
{
    private readonly string _folder = CheckpointCatalog.FolderOf(job);
    private readonly OwnedPointer _pointer = new(store, job, time, log);
    private readonly CheckpointSweeper _sweeper = new(store, job, log);
    private readonly SemaphoreSlim _gate = new(1);
    private bool _hasLeftovers;

    /// <summary>Number of this run; 0 before <see cref="AcquireAsync"/>.</summary>
    public long Epoch => _pointer.Epoch;

    /// <summary>The highest number that a complete checkpoint had; the next one must be higher. 0 when there was none.</summary>
    public long LastCheckpointId => _pointer.Current.LastCheckpointId;

    /// <summary>Complete checkpoints that may be restored, newest first.</summary>
    public IReadOnlyList<CompletedCheckpoint> Completed => _pointer.Current.Completed;

    /// <summary>Whether the job has begun with a savepoint before, asked for by this name.</summary>
    public async Task<bool> HasRestoredAsync(string location, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await _pointer.HasRestoredAsync(location, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes the job over: from now on older runs, and earlier attempts of this one, are fenced.</summary>
    /// <param name="forgetCheckpoints">Whether the run starts anew or from a savepoint, so that the job's checkpoints must not be restored
    /// any more. They are deleted when the first new one is complete. What they were then does not matter: a damaged pointer is
    /// replaced.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="startFrom">What a run that forgets the job's checkpoints begins with: until it has completed one of its own, the job
    /// goes on from there.</param>
    /// <param name="restoredFrom">By which name that was asked for.</param>
    /// <exception cref="JobFencedException">Another run has taken the job over, since this one had it or at the same moment.</exception>
    /// <exception cref="InvalidDataException">The pointer is damaged or of a later version.</exception>
    public async Task AcquireAsync(
        bool forgetCheckpoints,
        CancellationToken cancellationToken,
        RestoredCheckpoint? startFrom = null,
        string? restoredFrom = null
    )
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _pointer.AcquireAsync(forgetCheckpoints, cancellationToken, EntryOf(startFrom), restoredFrom).ConfigureAwait(false);
            _hasLeftovers = true;
            Log.JobAcquired(log, job, Epoch, Completed.Count, LastCheckpointId);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Where a new checkpoint of this run goes.</summary>
    /// <param name="checkpointId">Its number, higher than <see cref="LastCheckpointId"/>.</param>
    /// <param name="kind">Checkpoint or savepoint.</param>
    /// <param name="savepointName">Name of a savepoint; <see langword="null"/> = its number and the run's.</param>
    public CheckpointLocation Locate(long checkpointId, CheckpointKind kind, string? savepointName = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(checkpointId, LastCheckpointId);
        return kind == CheckpointKind.Savepoint
            ? CheckpointLocation.OfSavepoint(_folder, checkpointId, Epoch, savepointName)
            : CheckpointLocation.OfCheckpoint(_folder, checkpointId, Epoch);
    }

    /// <summary>Stores the part of one task. The caller keeps <paramref name="snapshot"/> and disposes it afterwards.</summary>
    /// <param name="location">The checkpoint.</param>
    /// <param name="stage">Uid of the stage.</param>
    /// <param name="task">Index of the task.</param>
    /// <param name="snapshot">The part.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What the manifest must say of the part, behind what it must say of those before it.</returns>
    public async Task<IReadOnlyList<CheckpointPart>> WritePartAsync(
        CheckpointLocation location,
        string stage,
        int task,
        TaskSnapshot snapshot,
        CancellationToken cancellationToken
    )
    {
        List<CheckpointPart> parts = [];
        foreach (TaskSnapshot piece in snapshot.Before)
        {
            parts.Add(await WriteAsync(piece, location.PartName(stage, task, parts.Count)).ConfigureAwait(false));
        }

        parts.Add(await WriteAsync(snapshot, location.PartName(stage, task)).ConfigureAwait(false));
        return parts;

        Task<CheckpointPart> WriteAsync(TaskSnapshot written, string name) =>
            WritePartAsync(store, location, task, name, written, cancellationToken);
    }

    /// <summary>Stores one part.</summary>
    public static async Task<CheckpointPart> WritePartAsync(
        IObjectStore store,
        CheckpointLocation location,
        int task,
        string name,
        TaskSnapshot written,
        CancellationToken cancellationToken
    )
    {
        await store.PutAsync($"{location.Folder}/{name}", written.Content, PutCondition.None, cancellationToken).ConfigureAwait(false);
        return new CheckpointPart(task, name, written.Size, Checksums.TextOf(written.ComputeChecksum()), written.HasOperatorState);
    }

    /// <summary>
    /// Completes a checkpoint whose parts are all stored: writes the manifest, swaps the pointer, lets go of checkpoints that are no longer
    /// kept.
    /// </summary>
    /// <param name="location">The checkpoint.</param>
    /// <param name="maxParallelism">Number of key groups of the job.</param>
    /// <param name="stages">All stages with all their parts.</param>
    /// <param name="cancellationToken">Ends the wait; the checkpoint may or may not be complete then.</param>
    /// <returns>The checkpoint; its <see cref="CompletedCheckpoint.Folder"/> is what <see cref="LoadAsync"/> takes.</returns>
    /// <exception cref="JobFencedException">Another run owns the job: this one must end, and must not commit anything.</exception>
    /// <exception cref="InvalidOperationException">There is a savepoint of that name already.</exception>
    public async Task<CompletedCheckpoint> CompleteAsync(
        CheckpointLocation location,
        int maxParallelism,
        IReadOnlyList<CheckpointStage> stages,
        CancellationToken cancellationToken
    )
    {
        ThrowIfIncomplete(location, stages);
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CompleteLockedAsync(location, maxParallelism, stages, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Deletes what a checkpoint that will not be completed has stored so far; does not throw. What is stored later goes after the job's
    /// next start.
    /// </summary>
    /// <param name="location">The checkpoint.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task AbortAsync(CheckpointLocation location, CancellationToken cancellationToken) =>
        _sweeper.DeleteFolderAsync($"{location.Folder}/{location.PartsFolder}", cancellationToken);

    /// <summary>How far a restore is.</summary>
    public RestoreProgress Restoring { get; } = new(time);

    /// <summary>Loads the newest complete checkpoint that is undamaged.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <param name="committingSinks">Names the sinks that have committed with later checkpoints what falling back to this one would repeat;
    /// <see langword="null"/> = none.</param>
    /// <returns>The checkpoint, or <see langword="null"/> when the job has none yet.</returns>
    /// <exception cref="InvalidDataException">There are checkpoints, but all of them are damaged: the job must not silently start anew.
    /// Or the newest is damaged, and a sink has committed by it.</exception>
    public async Task<RestoredCheckpoint?> LoadLatestAsync(
        CancellationToken cancellationToken,
        Func<RestoredCheckpoint, IReadOnlyList<string>>? committingSinks = null
    )
    {
        List<(CompletedCheckpoint Checkpoint, InvalidDataException Reason)> damaged = [];
        RestoredCheckpoint? restored = null;
        foreach (CompletedCheckpoint completed in Completed)
        {
            try
            {
                restored = await CheckpointLoader
                    .LoadAsync(
                        store,
                        completed.Folder,
                        cancellationToken,
                        progress: Restoring,
                        isKept: completed.Kind == CheckpointKind.Checkpoint
                            && completed.Folder.StartsWith(_folder + "/", StringComparison.Ordinal)
                    )
                    .ConfigureAwait(false);
                break;
            }
            catch (InvalidDataException exception)
            {
                damaged.Add((completed, exception));
            }
        }

        if (damaged.Count > 0 && restored is not null && committingSinks?.Invoke(restored) is { Count: > 0 } sinks)
        {
            throw RefusalToRepeat(damaged, restored, sinks);
        }

        foreach ((CompletedCheckpoint checkpoint, InvalidDataException reason) in damaged)
        {
            Log.FallingBack(log, reason, job, checkpoint.Kind, checkpoint.CheckpointId, checkpoint.Folder);
        }

        return restored
            ?? (
                damaged.Count == 0
                    ? null
                    : throw new InvalidDataException(
                        $"None of the {damaged.Count} checkpoints of job '{job}' can be restored; the newest: {damaged[0].Reason.Message} "
                            + $"Restore a savepoint, or ignore the checkpoints to start without state.",
                        new AggregateException(damaged.Select(static each => each.Reason))
                    )
            );
    }

    /// <summary>Loads a savepoint or checkpoint by its path.</summary>
    /// <param name="path">Its folder, or the name of its manifest.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="InvalidDataException">It is not there, incomplete or damaged; the message names the object.</exception>
    public Task<RestoredCheckpoint> LoadAsync(string path, CancellationToken cancellationToken) =>
        CheckpointLoader.LoadAsync(store, path, cancellationToken, progress: Restoring);

    // What is not this job's checkpoint is never deleted, like a savepoint.
    private CompletedCheckpoint? EntryOf(RestoredCheckpoint? restored) =>
        restored is null
            ? null
            : new CompletedCheckpoint(
                restored.Id,
                restored.Folder.StartsWith(_folder + "/checkpoints/", StringComparison.Ordinal)
                    ? CheckpointKind.Checkpoint
                    : CheckpointKind.Savepoint,
                restored.Manifest.Timestamp,
                restored.Manifest.Size(),
                restored.Folder
            );

    /// <summary>Deletes all checkpoints, not savepoints: the job has finished.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="JobFencedException">Another run owns the job.</exception>
    public async Task DeleteCheckpointsAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _pointer.SwapAsync(pointer => pointer with { Completed = [] }, cancellationToken).ConfigureAwait(false);
            await _sweeper.DeleteCheckpointsAsync(Completed, newestEpoch: Epoch, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private InvalidDataException RefusalToRepeat(
        List<(CompletedCheckpoint Checkpoint, InvalidDataException Reason)> damaged,
        RestoredCheckpoint restored,
        IReadOnlyList<string> sinks
    )
    {
        (CompletedCheckpoint newest, InvalidDataException reason) = damaged[0];
        string others = string.Join(", ", damaged.Skip(1).Select(static each => $"'{each.Checkpoint.Folder}'"));
        string alsoDamaged = others.Length == 0 ? "" : $" Nor can {others}.";
        string quoted = string.Join(", ", sinks.Select(static name => $"'{name}'"));
        string whatSinksDid = sinks.Count == 1 ? $"sink {quoted} has" : $"sinks {quoted} have";
        return new InvalidDataException(
            $"{newest.Kind} {newest.CheckpointId} of job '{job}' in '{newest.Folder}' cannot be restored: {reason.Message}{alsoDamaged} "
                + $"The job could go back to {restored.Manifest.Kind} {restored.Id} in '{restored.Folder}', but would write a second time "
                + $"what {whatSinksDid} committed since, and readers of committed records would see it twice. "
                + "Put the damaged objects back from a backup, or accept the doubles by restoring the older one explicitly, with "
                + $"--restore {restored.Folder} (ExecutionOptions.RestoreFrom).",
            reason
        );
    }

    private static void ThrowIfIncomplete(CheckpointLocation location, IReadOnlyList<CheckpointStage> stages)
    {
        foreach (CheckpointStage stage in stages)
        {
            if (!stage.Parts.Select(part => part.Task).Distinct().Order().SequenceEqual(Enumerable.Range(0, stage.Parallelism)))
            {
                throw new ArgumentException(
                    $"{location.Kind} {location.CheckpointId} has parts of tasks "
                        + $"{string.Join(", ", stage.Parts.Select(part => part.Task))} of stage '{stage.Uid}' "
                        + $"but the stage has parallelism {stage.Parallelism}; complete it once every task has stored its part.",
                    nameof(stages)
                );
            }
        }
    }

    private async Task<CompletedCheckpoint> CompleteLockedAsync(
        CheckpointLocation location,
        int maxParallelism,
        IReadOnlyList<CheckpointStage> stages,
        CancellationToken cancellationToken
    )
    {
        if (location.Epoch != Epoch)
        {
            throw new InvalidOperationException(
                $"{location.Kind} {location.CheckpointId} belongs to attempt {location.Epoch} of job '{job}', which attempt {Epoch} has "
                    + "replaced."
            );
        }

        DateTimeOffset now = time.GetUtcNow();
        CheckpointManifest manifest = new(
            stages.All(stage => stage.Parts.Count == stage.Parallelism)
                ? CheckpointManifest.SelfContainedVersion
                : CheckpointManifest.CurrentVersion,
            job,
            location.CheckpointId,
            Epoch,
            location.Kind,
            now,
            maxParallelism,
            stages
        );
        CompletedCheckpoint completed = new(location.CheckpointId, location.Kind, now, manifest.Size(), location.Folder);
        try
        {
            await store
                .PutAsync(location.ManifestName, CheckpointJson.Write(manifest), PutCondition.IfAbsent, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PreconditionFailedException exception)
        {
            throw new InvalidOperationException(
                $"{location.Kind} '{location.Folder}' of job '{job}' exists already and is not overwritten; choose another name or delete "
                    + "it.",
                exception
            );
        }

        CompletedCheckpoint[] before = [.. Completed];
        await _pointer.SwapAsync(pointer => pointer.With(completed, retained), cancellationToken).ConfigureAwait(false);
        Log.Completed(log, job, location.Kind, location.CheckpointId, completed.Size, location.Folder);

        // From here on the checkpoint is complete, whatever happens to objects that are no longer needed.
        _sweeper.Note(location.Folder, manifest);
        foreach (CompletedCheckpoint dropped in before.Except(Completed).Where(entry => entry.Kind == CheckpointKind.Checkpoint))
        {
            await _sweeper.DeleteCheckpointAsync(dropped.Folder, Completed, cancellationToken).ConfigureAwait(false);
        }

        if (_hasLeftovers)
        {
            _hasLeftovers = false;
            await _sweeper.DeleteCheckpointsAsync(Completed, newestEpoch: Epoch - 1, cancellationToken).ConfigureAwait(false);
        }

        return completed;
    }
}
