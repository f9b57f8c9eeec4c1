using System.Runtime.CompilerServices;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Ledger;
using Millrace.Operators.Connectors;
using Millrace.Runtime;

namespace Millrace.Durable.Hosting;

/// <summary>
/// Opens a job for a process: creates its state where there is none, and a new incarnation of it where it is to start from a savepoint.
/// </summary>
internal sealed class DurableJobOpener(JobGraph graph, IObjectStore store, DurableServices services, DurableHostOptions options)
{
    private static readonly DateTimeOffset Epoch = new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DurableControlStore _controls = new(store, graph.Name);
    private readonly DurableLedgers _ledgers = new(store);

    /// <exception cref="JobValidationException">The job cannot run on this host.</exception>
    /// <exception cref="StateRestoreException">The job's state or the savepoint does not fit it.</exception>
    public async Task<DurableJobHost> OpenAsync(CancellationToken cancellationToken)
    {
        DurableControl? control = await _controls.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (options.RestoreFrom is { } path && !string.Equals(control?.RestoredFrom, path, StringComparison.Ordinal))
        {
            control = await RestoreAsync(path, cancellationToken).ConfigureAwait(false);
        }

        control ??= await BeginAsync(cancellationToken).ConfigureAwait(false);
        Check(control);
        Log.Opened(
            services.LoggerFactory.CreateLogger("Millrace.Durable"),
            graph.Name,
            control.Incarnation,
            control.RestoredFrom ?? "nothing"
        );
        return new DurableJobHost(
            new DurableJobPlan(graph, DurableNames.IncarnationOf(graph.Name, control.Incarnation)),
            control,
            store,
            services,
            options
        );
    }

    private async Task<DurableControl> BeginAsync(CancellationToken cancellationToken)
    {
        // Before the word that the job has begun: "latest" means now, whenever the first record of a partition comes.
        int incarnation = FirstIncarnation();
        foreach (Stage source in graph.Stages.Where(stage => stage.IsSource))
        {
            await ResolveStartsAsync(source, incarnation, cancellationToken).ConfigureAwait(false);
        }

        return await _controls
            .ChangeAsync(found => found ?? Create(found, incarnation, restoredFrom: null), cancellationToken)
            .ConfigureAwait(false);
    }

    private async Task ResolveStartsAsync(Stage source, int incarnation, CancellationToken cancellationToken)
    {
        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        IRawTopicReader reader = raw.CreateTopicReader(
            new ConnectorContext(graph.Name, source.Uid, 0, 1, services.Time, services.LoggerFactory, cancellationToken)
        );
        await using (reader.ConfigureAwait(false))
        {
            for (int topic = 0; topic < raw.Topics.Count; topic++)
            {
                int partitions = await reader.CountPartitionsAsync(raw.Topics[topic].Name, cancellationToken).ConfigureAwait(false);
                (int index, string name) = (topic, raw.Topics[topic].Name);
                ParallelOptions parallel = new()
                {
                    MaxDegreeOfParallelism = options.TickParallelism,
                    CancellationToken = cancellationToken,
                };
                await Parallel
                    .ForAsync(
                        0,
                        partitions,
                        parallel,
                        async (partition, token) =>
                        {
                            long start = await reader.FindStartAsync(name, partition, isInitial: true, token).ConfigureAwait(false);
                            SourceSplit split = raw.SplitAt(new RawPosition(name, partition, start));
                            Guid id = await reader.ValidateAsync([split], token).ConfigureAwait(false) is [RawPosition valid, ..]
                                ? valid.TopicId
                                : default;
                            await WriteLedgerAsync(
                                    source,
                                    incarnation,
                                    DurableJobPlan.UpstreamOf(index, partition),
                                    LedgerState.Initial(start) with
                                    {
                                        TopicId = id,
                                    },
                                    token
                                )
                                .ConfigureAwait(false);
                        }
                    )
                    .ConfigureAwait(false);
            }
        }
    }

    private async Task WriteLedgerAsync(
        Stage source,
        int incarnation,
        int upstream,
        LedgerState ledger,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await _ledgers
                .WriteAsync(DurableNames.LedgerOf(graph.Name, incarnation, source, upstream), ledger, etag: null, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (PreconditionFailedException)
        {
            // Another process begins or restores the same job.
        }
    }

    private int FirstIncarnation() => (int)Math.Clamp((services.Time.GetUtcNow() - Epoch).TotalSeconds, 1, int.MaxValue / 2);

    private DurableControl Create(DurableControl? before, int incarnation, string? restoredFrom) =>
        new(
            DurableControl.CurrentVersion,
            incarnation,
            before?.Origin ?? incarnation,
            restoredFrom,
            IsSuspended: false,
            graph.MaxParallelism,
            graph
                .Stages.Where(stage => !stage.IsSource)
                .ToDictionary(stage => stage.Uid, stage => stage.Parallelism, StringComparer.Ordinal),
            DurableJobPlan.PreAggregatedEdges(graph) is { Count: > 0 } edges ? edges : null,
            StartsAreResolved: true
        );

    private async Task<DurableControl> RestoreAsync(string path, CancellationToken cancellationToken)
    {
        RestoredCheckpoint savepoint;
        try
        {
            savepoint = await CheckpointLoader.LoadAsync(store, path, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException damaged)
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot start: {damaged.Message}", damaged);
        }

        if (savepoint.Manifest.MaxParallelism != graph.MaxParallelism)
        {
            throw new StateRestoreException(
                $"Savepoint '{path}' of job '{graph.Name}' was taken with maxParallelism {savepoint.Manifest.MaxParallelism}, the job has "
                    + $"{graph.MaxParallelism}; "
                    + "it is fixed for the life of the state, so set it back with SetMaxParallelism."
            );
        }

        // First the word, then the fences: no process can go on reading once the new ledgers stand.
        DurableControl? before = await _controls.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (before is not null)
        {
            before = await _controls.ChangeAsync(found => found! with { IsSuspended = true }, cancellationToken).ConfigureAwait(false);
            await foreach (
                string name in store
                    .ListAsync(DurableNames.LedgersOf(graph.Name, before.Incarnation), cancellationToken)
                    .ConfigureAwait(false)
            )
            {
                await _ledgers.FenceAsync(name, findStart: null, cancellationToken).ConfigureAwait(false);
            }
        }

        int incarnation = before is null ? FirstIncarnation() : before.Incarnation + 1;
        foreach (Stage source in graph.Stages.Where(stage => stage.IsSource))
        {
            await WriteLedgersAsync(source, savepoint, incarnation, cancellationToken).ConfigureAwait(false);
        }

        // Where two processes restore at once, each has written its ledgers or both the same, and the second finds the first one's control.
        return await _controls
            .ChangeAsync(
                found =>
                    found is not null && string.Equals(found.RestoredFrom, path, StringComparison.Ordinal)
                        ? found
                        : Create(found, incarnation, path),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private async Task WriteLedgersAsync(Stage source, RestoredCheckpoint savepoint, int incarnation, CancellationToken cancellationToken)
    {
        if (savepoint.ReaderOf(source.Uid, State.KeyGroups.RangeOf(0, graph.MaxParallelism, 1)) is not { } positions)
        {
            // New in the job: it begins as its starting offsets say.
            await ResolveStartsAsync(source, incarnation, cancellationToken).ConfigureAwait(false);
            return;
        }

        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        IRawTopicReader reader = raw.CreateTopicReader(
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
            int topic = IndexOf(raw.Topics, position.Topic);
            if (position.Offset < 0 || topic < 0)
            {
                continue;
            }

            // With what the savepoint knows of the topic and its log: both may have changed since.
            position = await reader.ValidateAsync([split.Split], cancellationToken).ConfigureAwait(false) is [var valid] ? valid : position;
            LedgerState ledger = LedgerState.Initial(position.Offset) with { Watermark = split.Watermark, TopicId = position.TopicId };
            await WriteLedgerAsync(source, incarnation, DurableJobPlan.UpstreamOf(topic, position.Partition), ledger, cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static int IndexOf(IReadOnlyList<Topic> topics, string name)
    {
        for (int i = 0; i < topics.Count; i++)
        {
            if (string.Equals(topics[i].Name, name, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return -1;
    }

    private static string Names(IReadOnlyList<string> edges) =>
        edges.Count == 0 ? "no edge" : string.Join(", ", edges.Select(edge => $"'{edge}'"));

    private void Check(DurableControl control)
    {
        List<string> errors = [];
        if (control.MaxParallelism != graph.MaxParallelism)
        {
            errors.Add(
                $"its state has maxParallelism {control.MaxParallelism}, the job {graph.MaxParallelism}; set it back with SetMaxParallelism"
            );
        }

        foreach (Stage stage in graph.Stages.Where(stage => !stage.IsSource))
        {
            if (control.Parallelism.TryGetValue(stage.Uid, out int parallelism) && parallelism != stage.Parallelism)
            {
                errors.Add(
                    $"stage '{stage.Uid}' has the state of {parallelism} tasks but parallelism {stage.Parallelism}; set it back, or take a "
                        + "savepoint and start from it"
                );
            }
        }

        IReadOnlyList<string> preAggregated = DurableJobPlan.PreAggregatedEdges(graph);
        if (!preAggregated.SequenceEqual(control.PreAggregated ?? [], StringComparer.Ordinal))
        {
            // What was sent but not committed has other bounds than what would be sent again.
            errors.Add(
                $"its state was made with pre-aggregation on {Names(control.PreAggregated ?? [])}, but the job has it on "
                    + $"{Names(preAggregated)}; set PreAggregate() back, or take a savepoint and start from it"
            );
        }

        if (errors.Count > 0)
        {
            throw new StateRestoreException($"Job '{graph.Name}' cannot go on: {string.Join("; ", errors)}.");
        }
    }
}
