using Millrace.Checkpoints;
using Millrace.Graph;

namespace Millrace.Savepoints;

/// <summary>What a new savepoint is made of, and how it is written.</summary>
internal sealed class SavepointPlan
{
    private readonly RestoredCheckpoint? _origin;
    private readonly List<PlannedOperator> _operators = [];

    // A savepoint of no job that has run comes before its first checkpoint.
    private readonly (string Job, long CheckpointId, long Epoch, int MaxParallelism) _facts;

    public SavepointPlan(string job, int maxParallelism) => _facts = (job, 1, 0, maxParallelism);

    public SavepointPlan(RestoredCheckpoint origin)
    {
        _origin = origin;
        CheckpointManifest manifest = origin.Manifest;
        _facts = (manifest.Job, manifest.CheckpointId, manifest.Epoch, manifest.MaxParallelism);
        _operators.AddRange(
            manifest
                .Stages.SelectMany(static stage => stage.Operators)
                .Concat(origin.Parts.SelectMany(static part => part.AllUids).Where(static uid => !TaskWatermarks.IsUid(uid)))
                .Distinct(StringComparer.Ordinal)
                .Select(static uid => new PlannedOperator(uid) { Former = uid })
        );
    }

    public void Remove(string uid) => _operators.Remove(Find(uid));

    public void Rename(string from, string to)
    {
        ArgumentException.ThrowIfNullOrEmpty(to);
        PlannedOperator renamed = Find(from);
        if (_operators.Exists(each => each.Uid == to) && from != to)
        {
            throw new ArgumentException(
                $"Operator '{from}' cannot be given the uid '{to}': another operator has it. Remove that one first.",
                nameof(to)
            );
        }

        renamed.Uid = to;
    }

    public KeyedStateBootstrap<TKey> BootstrapOf<TKey>(string uid)
        where TKey : notnull
    {
        PlannedOperator? found = _operators.Find(each => each.Uid == uid);
        if (found is null)
        {
            _operators.Add(found = new PlannedOperator(uid));
        }

        found.Bootstrap ??= new KeyedStateBootstrap<TKey>(uid);
        return found.Bootstrap as KeyedStateBootstrap<TKey>
            ?? throw new ArgumentException(
                $"Operator '{uid}' is given state with keys of type '{typeof(TKey)}', but was given some with keys of type "
                    + $"'{found.Bootstrap.GetType().GetGenericArguments()[0]}'; an operator has keys of one type."
            );
    }

    public async Task<string> WriteAsync(IObjectStore store, string name, TimeProvider time, CancellationToken cancellationToken)
    {
        CheckpointLocation location = Locate(name);
        if (await store.GetAsync(location.ManifestName, cancellationToken).ConfigureAwait(false) is not null)
        {
            throw Exists(location, null);
        }

        DateTimeOffset now = time.GetUtcNow();
        List<string> written = [];
        try
        {
            List<CheckpointStage> stages = await WritePartsAsync(store, location, now, written, cancellationToken).ConfigureAwait(false);
            await WriteManifestAsync(store, location, now, stages, written, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // Nobody else names them. Where it is not known whether the manifest does, they stay.
            foreach (string part in written)
            {
                await store.DeleteAsync(part, CancellationToken.None).ConfigureAwait(false);
            }

            throw;
        }

        return location.Folder;
    }

    private async Task<List<CheckpointStage>> WritePartsAsync(
        IObjectStore store,
        CheckpointLocation location,
        DateTimeOffset now,
        List<string> written,
        CancellationToken cancellationToken
    )
    {
        List<CheckpointStage> stages = [];
        foreach (PlannedStage stage in Stages())
        {
            List<CheckpointPart> parts = [];
            TaskSnapshotWriter[] writers = stage.Write(_facts.MaxParallelism, now.ToUnixTimeMilliseconds());
            for (int task = 0; task < writers.Length; task++)
            {
                using TaskSnapshot snapshot = writers[task].Complete();
                string part = location.PartName(stage.Uid, task);
                written.Add($"{location.Folder}/{part}");
                parts.Add(
                    await CheckpointStorage.WritePartAsync(store, location, task, part, snapshot, cancellationToken).ConfigureAwait(false)
                );
            }

            stages.Add(new CheckpointStage(stage.Uid, writers.Length, [.. stage.Operators.Select(static each => each.Uid)], parts));
        }

        return stages;
    }

    private async Task WriteManifestAsync(
        IObjectStore store,
        CheckpointLocation location,
        DateTimeOffset now,
        List<CheckpointStage> stages,
        List<string> written,
        CancellationToken cancellationToken
    )
    {
        CheckpointManifest manifest = new(
            CheckpointManifest.SelfContainedVersion,
            _facts.Job,
            _facts.CheckpointId,
            _facts.Epoch,
            CheckpointKind.Savepoint,
            now,
            _facts.MaxParallelism,
            stages
        );
        try
        {
            await store
                .PutAsync(location.ManifestName, CheckpointJson.Write(manifest), PutCondition.IfAbsent, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PreconditionFailedException exception)
        {
            throw Exists(location, exception);
        }
        catch
        {
            written.Clear();
            throw;
        }
    }

    private static InvalidOperationException Exists(CheckpointLocation location, Exception? cause) =>
        new($"There is a savepoint '{location.Folder}' already, and none is changed or overwritten; choose another name.", cause);

    private CheckpointLocation Locate(string name)
    {
        string folder = name.TrimEnd('/');
        folder = folder.Contains('/', StringComparison.Ordinal)
            ? folder
            : $"{CheckpointCatalog.FolderOf(_facts.Job)}/savepoints/{ObjectNames.Escape(folder)}";

        // Two that write at once do not write the same parts.
        string parts = $"parts-{Guid.NewGuid():N}";
        ObjectNames.ThrowIfInvalid($"{folder}/{parts}");
        return folder.Contains("/checkpoints/", StringComparison.Ordinal)
            ? throw new ArgumentException(
                $"'{folder}' is a place for a job's checkpoints, which the job deletes; give a name, for one beside the job's savepoints.",
                nameof(name)
            )
            : new CheckpointLocation(_facts.CheckpointId, _facts.Epoch, CheckpointKind.Savepoint, folder, parts);
    }

    private PlannedOperator Find(string uid)
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        return _operators.Find(each => each.Uid == uid)
            ?? throw new ArgumentException(
                $"There is no operator '{uid}', only {string.Join(", ", _operators.Select(static each => $"'{each.Uid}'"))}; give the uid "
                    + "of one of them.",
                nameof(uid)
            );
    }

    private IEnumerable<PlannedStage> Stages()
    {
        int first = 0;
        HashSet<PlannedOperator> placed = [];
        foreach (CheckpointStage stage in _origin?.Manifest.Stages ?? [])
        {
            List<TaskSnapshotReader>[] tasks =
            [
                .. Enumerable.Range(0, stage.Parallelism).Select(static _ => new List<TaskSnapshotReader>()),
            ];
            foreach (CheckpointPart part in stage.Parts)
            {
                tasks[part.Task].Add(_origin!.Parts[first++]);
            }

            HashSet<string> uids = [.. stage.Operators, .. tasks.SelectMany(static parts => parts).SelectMany(static part => part.AllUids)];
            PlannedOperator[] operators = [.. _operators.Where(each => each.Former is { } former && uids.Contains(former))];
            if (operators.Length > 0)
            {
                placed.UnionWith(operators);
                yield return new PlannedStage(stage.Uid, operators, tasks);
            }
        }

        foreach (PlannedOperator added in _operators.Where(each => !placed.Contains(each)))
        {
            yield return new PlannedStage(
                added.Uid,
                [added],
                [
                    [],
                ]
            );
        }
    }
}

/// <summary>An operator of a new savepoint.</summary>
internal sealed class PlannedOperator(string uid)
{
    public string Uid { get; set; } = uid;

    /// <summary>The uid it has in the savepoint that it comes from; <see langword="null"/> = it is in none.</summary>
    public string? Former { get; init; }

    /// <summary>What it gets.</summary>
    public KeyedStateBootstrap? Bootstrap { get; set; }
}
