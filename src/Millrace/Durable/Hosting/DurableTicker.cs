using System.Runtime.CompilerServices;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Ledger;

namespace Millrace.Durable.Hosting;

/// <summary>
/// A tick: reads the ledgers, tells the tasks how far they are, completes what nobody does and sends again what was lost. One at a time per
/// job; what it remembers between ticks is only a hint.
/// </summary>
#pragma warning disable CA1001 // A semaphore whose wait handle nobody asks for holds nothing, and who waits at it must not be forgotten.
internal sealed class DurableTicker(DurableJobHost job)
#pragma warning restore CA1001
{
    private const int MaxResend = 20_000;
    private readonly ProgressTracker _tracker = new(
        new ProgressOptions { RepairTimeout = job.Options.RepairTimeout, ResendTimeout = job.Options.ResendTimeout },
        job.Services.Time
    );

    private readonly SemaphoreSlim _gate = new(1);
    private readonly DurableTopicPull _pull = new(job);
    private DurableInnerChannels? _inner;
    private long _lastLagCheck;

    private bool IsLagCheckDue => job.Services.Time.GetElapsedTime(_lastLagCheck) >= job.Options.ResendTimeout / 2;

    /// <summary>What the last tick saw; empty before the first.</summary>
    public IReadOnlyList<SourcePartitionStatus> Status { get; private set; } = [];

    /// <summary>
    /// Timestamp of the last tick that saw a ledger moved or nothing left to do; <see langword="null"/> before the first tick.
    /// </summary>
    public long? LastProgress { get; private set; }

    public async Task TickAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        if (!await _gate.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            await RunAsync(tasks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && RestartSuppression.Find(exception) is not null)
        {
            await job.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Sends again what receivers of a suspended job lack, which no tick does.</summary>
    public async Task RepairChannelsAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        if (!IsLagCheckDue || !await _gate.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false))
        {
            return;
        }

        try
        {
            foreach (Stage source in job.Plan.Sources)
            {
                await ResendAsync(source, await ReadAsync(source, cancellationToken).ConfigureAwait(false), tasks, cancellationToken)
                    .ConfigureAwait(false);
            }

            await RepairInnerChannelsAsync(tasks, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>
    /// Reads the ledgers of a source's partitions, then where the partitions end: an idle partition has nothing that is older than what the
    /// ledgers say.
    /// </summary>
    public async Task<PartitionStatus[]> ReadAsync(Stage source, CancellationToken cancellationToken)
    {
        IRawTopicReader reader = job.TopicsOf(source);
        IReadOnlyList<Topic> topics = DurableJobPlan.SourceOf(source).Topics;
        List<int> upstreams = [];
        for (int topic = 0; topic < topics.Count; topic++)
        {
            int partitions = await reader.CountPartitionsAsync(topics[topic].Name, cancellationToken).ConfigureAwait(false);
            upstreams.AddRange(Enumerable.Range(0, partitions).Select(partition => DurableJobPlan.UpstreamOf(topic, partition)));
        }

        LedgerState?[] ledgers = new LedgerState?[upstreams.Count];
        ParallelOptions options = new() { MaxDegreeOfParallelism = job.Options.TickParallelism, CancellationToken = cancellationToken };
        await Parallel
            .ForAsync(
                0,
                ledgers.Length,
                options,
                async (i, token) =>
                    ledgers[i] = (await job.Ledgers.ReadAsync(job.LedgerOf(source, upstreams[i]), token).ConfigureAwait(false)).State
            )
            .ConfigureAwait(false);
        PartitionStatus[] statuses = new PartitionStatus[upstreams.Count];
        for (int i = 0; i < statuses.Length; i++)
        {
            (string topic, int partition) = job.PartitionOf(source, upstreams[i]);
            long next = ledgers[i]?.Next ?? await job.FindStartAsync(source, upstreams[i], cancellationToken).ConfigureAwait(false);
            statuses[i] = new PartitionStatus(
                source.Uid,
                upstreams[i],
                ledgers[i],
                await reader.FindLastRecordAsync(topic, partition, next, cancellationToken).ConfigureAwait(false),
                DurableJobPlan.IdleTimeoutOf(source)
            );
        }

        return statuses;
    }

    /// <summary>Tells every task that a source feeds how far its partitions are.</summary>
    public Task TellAsync(
        Stage source,
        PartitionStatus[] statuses,
        long[] watermarks,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        List<Task> signals = [];
        foreach (StreamEdge edge in source.OutputEdges)
        {
            string name = edge.NameIn(job.Plan.Graph);
            Stage target = job.Plan.Graph.StageOf(edge.To);
            for (int task = 0; task < target.Parallelism; task++)
            {
                PartitionProgress[] partitions = new PartitionProgress[statuses.Length];
                for (int i = 0; i < partitions.Length; i++)
                {
                    long position = statuses[i].Ledger?.Sent[new ChannelId(name, statuses[i].Upstream, task)] ?? SentPositions.None;
                    partitions[i] = new PartitionProgress(statuses[i].Upstream, watermarks[i], position);
                }

                byte[] progress = ProgressCodec.Encode(
                    new Progress
                    {
                        Job = job.Plan.Incarnation,
                        Edge = name,
                        Partitions = partitions,
                    }
                );
                signals.Add(tasks.SignalAsync(target, task, DurableOperation.Progress, progress, cancellationToken));
            }
        }

        return Task.WhenAll(signals);
    }

    private async Task RunAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        List<(Stage Source, PartitionStatus[] Statuses)> sources = [];
        foreach (Stage source in job.Plan.Sources)
        {
            PartitionStatus[] statuses = await ReadAsync(source, cancellationToken).ConfigureAwait(false);
            await job.ValidateAsync(
                    source,
                    [.. statuses.Where(status => status.Ledger is not null).Select(status => (status.Upstream, status.Ledger!))],
                    cancellationToken
                )
                .ConfigureAwait(false);
            sources.Add((source, statuses));
        }

        SourcePartitionStatus[] seen =
        [
            .. sources.SelectMany(source => source.Statuses.Select(status => SourcePartitionStatus.Of(job, source.Source, status))),
        ];
        if (
            LastProgress is null
            || Array.TrueForAll(seen, status => status.Pending == 0)
            || seen.Sum(status => status.Next) != Status.Sum(status => status.Next)
        )
        {
            LastProgress = job.Services.Time.GetTimestamp();
        }

        Status = seen;
        bool isFull = await job.BackPressure.IsFullAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<long> watermarks = _tracker.Watermarks(sources.SelectMany(source => source.Statuses).ToArray());
        bool checksLags = IsLagCheckDue;
        foreach ((Stage source, PartitionStatus[] statuses) in sources)
        {
            await TellAsync(source, statuses, watermarks[..statuses.Length].ToArray(), tasks, cancellationToken).ConfigureAwait(false);
            watermarks = watermarks[statuses.Length..];
            foreach (PartitionStatus status in statuses.Where(each => !isFull && HasTrigger(source, each) && _tracker.IsStranded(each)))
            {
                await RepairAsync(source, status, tasks, cancellationToken).ConfigureAwait(false);
            }

            if (!isFull)
            {
                await PullAsync(source, [.. statuses.Where(each => !HasTrigger(source, each))], tasks, cancellationToken)
                    .ConfigureAwait(false);
            }

            if (checksLags)
            {
                await ResendAsync(source, statuses, tasks, cancellationToken).ConfigureAwait(false);
            }
        }

        if (checksLags)
        {
            await RepairInnerChannelsAsync(tasks, cancellationToken).ConfigureAwait(false);
        }

        await FlushInnerStagesAsync(tasks, cancellationToken).ConfigureAwait(false);
    }

    private async Task RepairInnerChannelsAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        _inner ??= new DurableInnerChannels(job, _tracker);
        await _inner.RepairAsync(tasks, cancellationToken).ConfigureAwait(false);
        _lastLagCheck = job.Services.Time.GetTimestamp();
    }

    private Task FlushInnerStagesAsync(IDurableTasks tasks, CancellationToken cancellationToken) =>
        Task.WhenAll(
            job.Plan.KeyedStages.Where(stage => !job.IsFedBySource(stage))
                .SelectMany(stage =>
                    Enumerable
                        .Range(0, stage.Parallelism)
                        .Select(task => tasks.SignalAsync(stage, task, DurableOperation.Flush, [], cancellationToken))
                )
        );

    private async Task RepairAsync(Stage source, PartitionStatus status, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        Log.Repairing(job.Logger, job.Plan.Graph.Name, job.Describe(source, status.Upstream), status.LastRecord);
        try
        {
            await job.Sources.RepairAsync(source, status.Upstream, status.LastRecord, tasks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.RepairFailed(job.Logger, exception, job.Plan.Graph.Name, job.Describe(source, status.Upstream));
            await job.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool HasTrigger(Stage source, PartitionStatus status) =>
        DurableConnectors.HasTrigger(DurableJobPlan.SourceOf(source).Topics[DurableJobPlan.PartitionOf(status.Upstream).TopicIndex]);

    private async Task PullAsync(Stage source, PartitionStatus[] statuses, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        try
        {
            await _pull.RunAsync(source, statuses, tasks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next tick begins where the ledgers are.
            Log.PullFailed(job.Logger, exception, job.Plan.Graph.Name, source.Uid);
            await job.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task ResendAsync(Stage source, PartitionStatus[] statuses, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        foreach (StreamEdge edge in source.OutputEdges)
        {
            string name = edge.NameIn(job.Plan.Graph);
            Stage target = job.Plan.Graph.StageOf(edge.To);
            for (int task = 0; task < target.Parallelism; task++)
            {
                ReadOnlyMemory<byte> state = await tasks.ReadStateAsync(target, task, cancellationToken).ConfigureAwait(false);
                TaskCheckpoint checkpoint = new();
                if (!state.IsEmpty)
                {
                    TaskCheckpointCodec.Read(state, job.Plan.OptionsOf(target, task), checkpoint);
                }

                foreach (PartitionStatus status in statuses)
                {
                    ChannelId channel = new(name, status.Upstream, task);
                    long applied = checkpoint.Channels.TryGetValue(channel, out ChannelReceiver? receiver)
                        ? receiver.Applied
                        : SentPositions.None;
                    ChannelLag lag = new(channel, applied, status.Ledger?.Sent[channel] ?? SentPositions.None);
                    if (_tracker.IsLost(lag))
                    {
                        await ResendAsync(source, status, lag, tasks, cancellationToken).ConfigureAwait(false);
                    }
                }
            }
        }
    }

    private async Task ResendAsync(
        Stage source,
        PartitionStatus status,
        ChannelLag lag,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    )
    {
        Log.Resending(job.Logger, job.Plan.Graph.Name, lag.Channel.ToString(), lag.Applied, lag.Sent);
        (string topic, int partition) = job.PartitionOf(source, status.Upstream);
        IRawTopicReader reader = job.TopicsOf(source);

        // Nothing has been applied: what lies before the first record that there is was gone before the job began.
        long first =
            lag.Applied >= 0
                ? lag.Applied + 1
                : Math.Max(0, await reader.FindStartAsync(topic, partition, isInitial: false, cancellationToken).ConfigureAwait(false));
        RawRecordRange read = await reader.ReadAsync(topic, partition, first, lag.Sent, MaxResend, cancellationToken).ConfigureAwait(false);
        bool isWhole = read.CoveredTo >= lag.Sent;

        // A part of the hole tells no watermark: what the ledger knows holds only after all of it.
        LedgerState from = status.Ledger! with
        {
            Sent = SentPositions.Of([new(lag.Channel, lag.Applied)]),
            Watermark = isWhole ? status.Ledger.Watermark : long.MinValue,
        };
        DurableSourceRunner runner = new(job.Plan, source, status.Upstream, job.Services);
        await using ConfiguredAsyncDisposable runnerDisposal = runner.ConfigureAwait(false);
        SourceRangeResult result = await runner
            .ProcessAsync(from, new OffsetRange(lag.Applied + 1, read.CoveredTo), read.Records, isResend: true, cancellationToken)
            .ConfigureAwait(false);
        await job.SendAsync([.. result.Envelopes.Where(envelope => envelope.Channel == lag.Channel)], tasks, cancellationToken)
            .ConfigureAwait(false);
    }
}
