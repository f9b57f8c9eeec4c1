using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;
using Millrace.Operators.Connectors;
using Millrace.Runtime;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Opens a job for a process: creates its state where there is none, and a new incarnation of it where it is to start from a savepoint.
/// </summary>
internal sealed class DurableJobOpener(
    JobGraph graph,
    IObjectStore store,
    DurableServices services,
    DurableHostOptions options,
    ILedgerStore? ledgerStore = null
)
{
    // Where there is no savepoint: what is under way is the job's first start.
    private const string Begin = "";
    private const int MaxRestoreAttempts = 3;
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DurableControlStore _controls = new(store, graph.Name);
    private readonly DurableLedgers _ledgers = new(ledgerStore ?? new ObjectLedgerStore(store), services);

    private ILogger Logger => services.LoggerFactory.CreateLogger(DurableJob.LogName);

    /// <exception cref="JobValidationException">The job cannot run on this host.</exception>
    /// <exception cref="StateRestoreException">The job's state or the savepoint does not fit it.</exception>
    public async Task<DurableJobHost> OpenAsync(CancellationToken cancellationToken)
    {
        DurableControl? control = await _controls.ReadAsync(cancellationToken).ConfigureAwait(false);
        control = control is null ? null : await MoveLedgersAsync(control, cancellationToken).ConfigureAwait(false);
        if (options.RestoreFrom is { } path && control?.HasTaken(path) != true)
        {
            control = await RestoreAsync(path, cancellationToken).ConfigureAwait(false);
        }

        if (options.RestoreFrom is { } again && control is { RestoredFrom: { } current } && current != again)
        {
            Log.NotTakenAgain(Logger, graph.Name, again, current);
        }

        if (control is null or { Restoring.Path: Begin })
        {
            control = await BeginAsync(cancellationToken).ConfigureAwait(false);
        }

        control = await AdoptAsync(control, cancellationToken).ConfigureAwait(false);
        string folder = DurableNames.LedgersOf(graph.Name, control.Incarnation);
        if (!await _ledgers.HasMarkAsync(folder, cancellationToken).ConfigureAwait(false))
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot start: {DurableLedgers.Missing(folder)}");
        }

        Log.Opened(Logger, graph.Name, control.Incarnation, control.RestoredFrom ?? "nothing");
        return new DurableJobHost(
            new DurableJobPlan(graph, DurableNames.IncarnationOf(graph.Name, control.Incarnation), TopicsOf(control))
            {
                Protocol = services.Protocol,
            },
            control,
            store,
            _ledgers,
            services,
            options
        );
    }

    private IReadOnlyDictionary<string, IReadOnlyList<string>>? TopicsOf(DurableControl control) =>
        services.Protocol.Has(ProtocolGuards.TopicOrder) ? control.Topics : null;

    // In two steps: the job gets its number, then every partition its start, then the word that it has begun. So of processes that begin it
    // together none leaves ledgers under a number of its own, which a later restore would be given and take for its ledgers. Before the
    // word: "latest" means now, whenever the first record of a partition comes.
    private async Task<DurableControl> BeginAsync(CancellationToken cancellationToken)
    {
        DurableControl claimed = await _controls
            .ChangeAsync(found => found ?? First(FirstIncarnation(), Begin), cancellationToken)
            .ConfigureAwait(false);
        claimed = await MoveLedgersAsync(claimed, cancellationToken).ConfigureAwait(false);
        if (claimed.Restoring is not { Path: Begin, Incarnation: int incarnation })
        {
            return claimed;
        }

        foreach (Stage source in graph.Stages.Where(stage => stage.IsSource))
        {
            await ResolveStartsAsync(source, claimed, incarnation, cancellationToken).ConfigureAwait(false);
        }

        await _ledgers.MarkAsync(DurableNames.LedgersOf(graph.Name, incarnation), cancellationToken).ConfigureAwait(false);
        return await _controls
            .ChangeAsync(
                found =>
                    found!.Restoring is { Path: Begin } begin && begin.Incarnation == incarnation
                        ? Create(found, incarnation, incarnation, restoredFrom: null)
                        : found,
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task ResolveStartsAsync(Stage source, DurableControl claimed, int incarnation, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> topics = DurableJobShape.TopicsOf(graph, claimed)[source.Uid];
        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        IRawTopicReader reader = services.CreateTopicReader(
            raw,
            new ConnectorContext(graph.Name, source.Uid, 0, 1, services.Time, services.LoggerFactory, cancellationToken)
        );
        await using (reader.ConfigureAwait(false))
        {
            for (int topic = 0; topic < topics.Count; topic++)
            {
                (int index, string name) = (topic, topics[topic]);
                int partitions = await reader.CountPartitionsAsync(name, cancellationToken).ConfigureAwait(false);
                await services
                    .Execution.ForEachAsync(
                        [.. Enumerable.Range(0, partitions)],
                        options.TickParallelism,
                        async (partition, token) =>
                        {
                            long start = await reader.FindStartAsync(name, partition, isInitial: true, token).ConfigureAwait(false);
                            SourceSplit split = raw.SplitAt(new RawPosition(name, partition, start));
                            Guid id = await reader.ValidateAsync([split], token).ConfigureAwait(false) is [RawPosition valid, ..]
                                ? valid.TopicId
                                : default;
                            await WriteLedgerAsync(
                                    DurableNames.LedgerOf(graph.Name, incarnation, source, DurableJobPlan.UpstreamOf(index, partition)),
                                    LedgerState.Initial(start) with
                                    {
                                        TopicId = id,
                                    },
                                    token
                                )
                                .ConfigureAwait(false);
                        },
                        cancellationToken
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    private async Task WriteLedgerAsync(string name, LedgerState ledger, CancellationToken cancellationToken)
    {
        try
        {
            await _ledgers.WriteAsync(name, ledger, etag: null, cancellationToken).ConfigureAwait(false);
        }
        catch (PreconditionFailedException)
        {
            // Another process begins or restores the same job.
        }
    }

    private int FirstIncarnation() => (int)Math.Clamp((services.Time.GetUtcNow() - Epoch).TotalSeconds, 1, int.MaxValue / 2);

    private DurableControl Create(DurableControl? before, int incarnation, int origin, string? restoredFrom) =>
        new(
            DurableControl.CurrentVersion,
            incarnation,
            origin,
            restoredFrom,
            IsSuspended: false,
            graph.MaxParallelism,
            graph
                .Stages.Where(stage => !stage.IsSource)
                .ToDictionary(stage => stage.Uid, stage => stage.Parallelism, StringComparer.Ordinal),
            DurableJobPlan.PreAggregatedEdges(graph) is { Count: > 0 } edges ? edges : null,
            StartsAreResolved: true
        )
        {
            Taken =
                !services.Protocol.Has(ProtocolGuards.TakenOnce) ? null
                : restoredFrom is null ? before?.Taken
                : [.. before?.Taken ?? (before?.RestoredFrom is { } earlier ? [earlier] : []), restoredFrom],
            LastIncarnation = incarnation,
            Id = before?.Id,
            Ledgers = before is null ? _ledgers.Kind : before.Ledgers,
            Topics = DurableJobShape.TopicsOf(graph, before),
            Edges = DurableJobShape.EdgesOf(graph),
        };

    // First the word, then the fences: no process can go on reading once the new ledgers stand. The word names an incarnation that nobody
    // else gets, so that a restore that dies half-way leaves nothing that another one could take for its own.
    private async Task<DurableControl> RestoreAsync(string path, CancellationToken cancellationToken)
    {
        RestoredCheckpoint savepoint = await LoadAsync(path, cancellationToken).ConfigureAwait(false);
        for (int attempt = 1; attempt <= MaxRestoreAttempts; attempt++)
        {
            DurableControl claimed = await _controls
                .ChangeAsync(found => found is null ? First(FirstIncarnation(), path) : Claim(found, path), cancellationToken)
                .ConfigureAwait(false);
            claimed = await MoveLedgersAsync(claimed, cancellationToken).ConfigureAwait(false);
            if (claimed.HasTaken(path))
            {
                return claimed;
            }

            if (claimed.Restoring is not { } restoring)
            {
                // Somebody has resumed the job meanwhile.
                continue;
            }

            int incarnation = restoring.Incarnation;
            if (claimed.Incarnation != incarnation)
            {
                await _ledgers
                    .FenceAllAsync(DurableNames.LedgersOf(graph.Name, claimed.Incarnation), cancellationToken)
                    .ConfigureAwait(false);
            }

            await WriteAllLedgersAsync(savepoint, claimed, incarnation, cancellationToken).ConfigureAwait(false);
            await _ledgers.MarkAsync(DurableNames.LedgersOf(graph.Name, incarnation), cancellationToken).ConfigureAwait(false);
            DurableControl control = await _controls
                .ChangeAsync(
                    found =>
                        found!.HasTaken(path) || found.Restoring?.Incarnation != incarnation
                            ? found
                            : Create(found, incarnation, OriginOf(found, savepoint, incarnation), path),
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (control.HasTaken(path))
            {
                return control;
            }
        }

        throw new StateRestoreException(
            $"Job '{graph.Name}' cannot start from savepoint '{path}': other processes start it from another savepoint or resume it at the "
                + $"same time, {MaxRestoreAttempts} times by now; give all instances of the app the same RestoreFrom."
        );
    }

    // Of an earlier version, or of a process that was told to keep them in objects: first the word, which those read before they take a
    // partition and after, then the fences, and only then the copies, under the same incarnation. Whoever else moves them writes the same.
    private async Task<DurableControl> MoveLedgersAsync(DurableControl control, CancellationToken cancellationToken)
    {
        if (control.Ledgers is not null && _ledgers.Kind is null)
        {
            throw new StateRestoreException(
                $"Job '{graph.Name}' has its ledgers in a table, and this process is told to keep them in blobs; remove the setting "
                    + "Millrace:Ledgers, or set it to Tables."
            );
        }

        while (!string.Equals(control.Ledgers, _ledgers.Kind, StringComparison.Ordinal))
        {
            control = await _controls
                .ChangeAsync(found => found!.Ledgers is null ? found with { Ledgers = DurableControl.Moving } : found, cancellationToken)
                .ConfigureAwait(false);
            if (!string.Equals(control.Ledgers, DurableControl.Moving, StringComparison.Ordinal))
            {
                continue;
            }

            string folder = DurableNames.LedgersOf(graph.Name, control.Incarnation);
            IReadOnlyDictionary<string, LedgerState> fenced = await new DurableLedgers(new ObjectLedgerStore(store), services)
                .FenceAllAsync(folder, cancellationToken)
                .ConfigureAwait(false);
            foreach ((string name, LedgerState ledger) in fenced)
            {
                await WriteLedgerAsync(name, ledger, cancellationToken).ConfigureAwait(false);
            }

            if (control.Restoring?.Incarnation != control.Incarnation)
            {
                await _ledgers.MarkAsync(folder, cancellationToken).ConfigureAwait(false);
            }

            int incarnation = control.Incarnation;
            control = await _controls
                .ChangeAsync(
                    found =>
                        found!.Ledgers == DurableControl.Moving && found.Incarnation == incarnation
                            ? found with
                            {
                                Ledgers = _ledgers.Kind,
                            }
                            : found,
                    cancellationToken
                )
                .ConfigureAwait(false);
            Log.LedgersMoved(Logger, graph.Name, fenced.Count);
        }

        return control;
    }

    // A job that has its number, and is nothing else yet.
    private DurableControl First(int incarnation, string path) =>
        Create(before: null, incarnation, incarnation, restoredFrom: null) with
        {
            IsSuspended = true,
            StartsAreResolved = false,
            Restoring = new DurableRestore(path, incarnation),
            Id = services.NewId().ToString("n")[..8],
        };

    private DurableControl Claim(DurableControl found, string path)
    {
        if (
            (found.HasTaken(path) && services.Protocol.Has(ProtocolGuards.ClaimOnce))
            || (found.IsSuspended && string.Equals(found.Restoring?.Path, path, StringComparison.Ordinal))
        )
        {
            return found;
        }

        // Of versions before this one, processes that began the job together have left ledgers under numbers from their clocks.
        int next = services.Protocol.Has(ProtocolGuards.FreshIncarnation)
            ? Math.Max(Math.Max(found.LastIncarnation, found.Incarnation) + 1, FirstIncarnation())
            : found.Incarnation + 1;
        return found with
        {
            IsSuspended = true,
            LastIncarnation = next,
            Restoring = string.Equals(found.Restoring?.Path, path, StringComparison.Ordinal)
                ? found.Restoring
                : new DurableRestore(path, next),
        };
    }

    // Records that go straight from a source to a sink are numbered by their offsets, and what was on its way when the job was stopped is
    // not written again. From an older savepoint on, everything is.
    private int OriginOf(DurableControl before, RestoredCheckpoint savepoint, int incarnation) =>
        before.StoppedWith?.Contains(savepoint.Folder, StringComparer.Ordinal) == true || !services.Protocol.Has(ProtocolGuards.NewOrigin)
            ? before.Origin
            : incarnation;

    private async Task<RestoredCheckpoint> LoadAsync(string path, CancellationToken cancellationToken)
    {
        RestoredCheckpoint savepoint;
        try
        {
            savepoint = await CheckpointLoader
                .LoadAsync(store, DurableNames.SavepointOf(path), cancellationToken, services.Execution)
                .ConfigureAwait(false);
        }
        catch (InvalidDataException damaged)
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot start: {damaged.Message}", damaged);
        }

        return savepoint.Manifest.MaxParallelism == graph.MaxParallelism
            ? savepoint
            : throw new StateRestoreException(
                $"Savepoint '{path}' of job '{graph.Name}' was taken with maxParallelism {savepoint.Manifest.MaxParallelism}, the job has "
                    + $"{graph.MaxParallelism}; "
                    + "it is fixed for the life of the state, so set it back with SetMaxParallelism."
            );
    }

    private async Task WriteAllLedgersAsync(
        RestoredCheckpoint savepoint,
        DurableControl claimed,
        int incarnation,
        CancellationToken cancellationToken
    )
    {
        foreach (Stage source in graph.Stages.Where(stage => stage.IsSource))
        {
            await WriteLedgersAsync(source, savepoint, claimed, incarnation, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task WriteLedgersAsync(
        Stage source,
        RestoredCheckpoint savepoint,
        DurableControl claimed,
        int incarnation,
        CancellationToken cancellationToken
    )
    {
        if (savepoint.ReaderOf(source.Uid, State.KeyGroups.RangeOf(0, graph.MaxParallelism, 1)) is not { } positions)
        {
            // New in the job: it begins as its starting offsets say.
            await ResolveStartsAsync(source, claimed, incarnation, cancellationToken).ConfigureAwait(false);
            return;
        }

        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        IReadOnlyList<string> topics = DurableJobShape.TopicsOf(graph, claimed)[source.Uid];
        IRawTopicReader reader = services.CreateTopicReader(
            raw,
            new ConnectorContext(graph.Name, source.Uid, 0, 1, services.Time, services.LoggerFactory, cancellationToken)
        );
        await using ConfiguredAsyncDisposable closing = reader.ConfigureAwait(false);
        foreach (RestoredSplit split in SourceSnapshot.Read(positions))
        {
            if (split.IsFinished)
            {
                throw new StateRestoreException(
                    $"Savepoint '{savepoint.Folder}' says that split '{split.Split.Id}' of source '{source.Uid}' has been read to its end; "
                        + "a bounded source cannot go on here. Take the savepoint from an unbounded job."
                );
            }

            RawPosition position = raw.PositionOf(split.Split);
            int topic = IndexOf(topics, position.Topic);
            if (position.Offset < 0 || topic < 0)
            {
                continue;
            }

            // With what the savepoint knows of the topic and its log: both may have changed since.
            position = await reader.ValidateAsync([split.Split], cancellationToken).ConfigureAwait(false) is [var valid] ? valid : position;
            LedgerState ledger = LedgerState.Initial(position.Offset) with { Watermark = split.Watermark, TopicId = position.TopicId };
            int upstream = DurableJobPlan.UpstreamOf(topic, position.Partition);
            await WriteLedgerAsync(DurableNames.LedgerOf(graph.Name, incarnation, source, upstream), ledger, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static int IndexOf(IReadOnlyList<string> topics, string name)
    {
        for (int i = 0; i < topics.Count; i++)
        {
            if (string.Equals(topics[i], name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    // What the state does not know yet: topics that were added, and what earlier versions did not keep.
    private async Task<DurableControl> AdoptAsync(DurableControl control, CancellationToken cancellationToken)
    {
        DurableJobShape.Check(graph, control);
        return DurableJobShape.Adopt(graph, control) is { } adopted && !ReferenceEquals(adopted, control)
            ? await _controls
                .ChangeAsync(
                    found =>
                    {
                        DurableJobShape.Check(graph, found!);
                        return DurableJobShape.Adopt(graph, found!);
                    },
                    cancellationToken
                )
                .ConfigureAwait(false)
            : control;
    }
}
