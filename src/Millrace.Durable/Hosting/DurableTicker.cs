using System.Collections.Concurrent;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// A tick: reads the ledgers, tells the tasks how far they are, completes what nobody does and sends again what was lost. One at a time per
/// job; what it remembers between ticks is only a hint.
/// </summary>
internal sealed class DurableTicker(
    DurableJob job,
    JobTopics topics,
    JobSuspension suspension,
    DurableSourceHost sources,
    BackPressure backPressure,
    DurableStallWatch stallWatch
)
{
    private readonly ProgressTracker _tracker = new(
        new ProgressOptions
        {
            RepairTimeout = job.Options.RepairTimeout,
            ResendTimeout = job.Options.ResendTimeout,
            Guards = job.Services.Protocol.Guards,
        },
        job.Services.Time
    );

    private const int WholeSource = -1;
    private const int Pulling = -2;
    private static readonly TimeSpan InnerCheckInterval = TimeSpan.FromSeconds(10);
    private readonly ClosableGate _gate = new(nameof(DurableTicker), job.Services.Execution);

    // What could not be looked at when it was last tried: said once.
    private readonly ConcurrentDictionary<(string Source, int Upstream), byte> _unknown = new();
    private readonly PartitionEnds _ends = new(job, topics);
    private readonly DurableTopicPull _pull = new(job, topics, sources);
    private DurableInnerChannels? _inner;
    private long _lastLagCheck;

    private bool IsLagCheckDue =>
        job.Services.Time.GetElapsedTime(_lastLagCheck)
        >= (job.Options.ResendTimeout / 2 < InnerCheckInterval ? job.Options.ResendTimeout / 2 : InnerCheckInterval);

    /// <summary>What the last tick saw; empty before the first.</summary>
    public IReadOnlyList<SourcePartitionStatus> Status { get; private set; } = [];

    /// <summary>
    /// Timestamp of the last tick that saw a ledger moved or nothing left to do; <see langword="null"/> before the first tick.
    /// </summary>
    public long? LastProgress { get; private set; }

    public async Task TickAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        if (!_gate.TryEnter())
        {
            return;
        }

        try
        {
            await RunAsync(tasks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested && RestartSuppression.Find(exception) is not null)
        {
            await suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
            throw;
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>Sends again what keyed tasks of a suspended job lack of others, which no tick does.</summary>
    public async Task RepairInnerChannelsOfSuspendedAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        if (!IsLagCheckDue || !_gate.TryEnter())
        {
            return;
        }

        try
        {
            await RepairInnerChannelsAsync(tasks, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _gate.Leave();
        }
    }

    /// <summary>
    /// Reads the ledgers of a source's partitions, then where the partitions end: an idle partition has nothing that is older than what the
    /// ledgers say.
    /// </summary>
    public async Task<PartitionStatus[]> ReadAsync(Stage source, CancellationToken cancellationToken)
    {
        IRawTopicReader reader = topics.ReaderOf(source);
        IReadOnlyList<Topic> all = job.Plan.TopicsOf(source);
        List<int> upstreams = [];
        for (int topic = 0; topic < all.Count; topic++)
        {
            int partitions = await reader.CountPartitionsAsync(all[topic].Name, cancellationToken).ConfigureAwait(false);
            upstreams.AddRange(Enumerable.Range(0, partitions).Select(partition => DurableJobPlan.UpstreamOf(topic, partition)));
        }

        LedgerState?[] ledgers = await job
            .Ledgers.ReadAsync(
                [.. upstreams.Select(upstream => job.LedgerOf(source, upstream))],
                job.Options.TickParallelism,
                cancellationToken
            )
            .ConfigureAwait(false);
        PartitionStatus[] statuses =
        [
            .. upstreams.Select(
                (upstream, i) =>
                    new PartitionStatus(
                        source.Uid,
                        upstream,
                        ledgers[i],
                        LastRecord: -1,
                        DurableJobPlan.IdleTimeoutOf(source),
                        DurableJobPlan.IdleClockOf(source)
                    )
            ),
        ];
        await _ends.LookAsync(source, statuses, cancellationToken).ConfigureAwait(false);
        return statuses;
    }

    // One partition or source that cannot be looked at now does not keep the others from their ticks.
    internal static bool IsPassing(Exception exception, CancellationToken cancellationToken) =>
        !cancellationToken.IsCancellationRequested && RestartSuppression.Find(exception) is null;

    /// <summary>Tells every task that a source feeds how far its partitions are.</summary>
    /// <param name="source">The source.</param>
    /// <param name="statuses">Its partitions.</param>
    /// <param name="watermarks">Of each.</param>
    /// <param name="freezeNumber">The last freeze, which is over; 0 = tasks that are frozen stay so.</param>
    /// <param name="tasks">The way to the tasks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task TellAsync(
        Stage source,
        PartitionStatus[] statuses,
        long[] watermarks,
        int freezeNumber,
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
                    long next = statuses[i].Ledger?.Next ?? SentPositions.None;
                    partitions[i] = new PartitionProgress(statuses[i].Upstream, watermarks[i], position, next);
                }

                byte[] progress = ProgressCodec.Encode(
                    new Progress
                    {
                        Job = job.Plan.Incarnation,
                        Edge = name,
                        Partitions = partitions,
                        FreezeNumber = freezeNumber,
                    }
                );
                signals.Add(tasks.SignalAsync(target, task, DurableOperation.Progress, progress, cancellationToken));
            }
        }

        return Task.WhenAll(signals);
    }

    private async Task RunAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        List<(Stage Source, PartitionStatus[] Statuses)> read = [];
        foreach (Stage source in job.Plan.Sources)
        {
            if (await TryReadAsync(source, cancellationToken).ConfigureAwait(false) is { } statuses)
            {
                read.Add((source, statuses));
            }
        }

        SourcePartitionStatus[] seen =
        [
            .. read.SelectMany(source => source.Statuses.Select(status => SourcePartitionStatus.Of(job, source.Source, status))),
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
        await stallWatch
            .LookAsync(
                () => read.SelectMany(source => source.Statuses).SelectMany(status => status.Ledger?.Sent.Entries.ToArray() ?? []),
                tasks,
                cancellationToken
            )
            .ConfigureAwait(false);
        bool isFull = await backPressure.IsFullAsync(cancellationToken).ConfigureAwait(false);
        ReadOnlyMemory<long> watermarks = _tracker.Watermarks(read.SelectMany(source => source.Statuses).ToArray());
        foreach ((Stage source, PartitionStatus[] statuses) in read)
        {
            await TellAsync(source, statuses, watermarks[..statuses.Length].ToArray(), suspension.Freezes, tasks, cancellationToken)
                .ConfigureAwait(false);
            watermarks = watermarks[statuses.Length..];
            await job
                .Services.Execution.ForEachAsync(
                    [.. statuses.Where(each => !isFull && HasTrigger(source, each) && _tracker.IsStranded(each))],
                    job.Options.TickParallelism,
                    (status, token) => RepairAsync(source, status, tasks, token),
                    cancellationToken
                )
                .ConfigureAwait(false);

            if (!isFull)
            {
                await PullAsync(source, [.. statuses.Where(each => !HasTrigger(source, each))], tasks, cancellationToken)
                    .ConfigureAwait(false);
            }
        }

        if (IsLagCheckDue)
        {
            await RepairInnerChannelsAsync(tasks, cancellationToken).ConfigureAwait(false);
        }

        await FlushInnerStagesAsync(tasks, cancellationToken).ConfigureAwait(false);
    }

    private async Task<PartitionStatus[]?> TryReadAsync(Stage source, CancellationToken cancellationToken)
    {
        try
        {
            PartitionStatus[] statuses = await ReadAsync(source, cancellationToken).ConfigureAwait(false);
            await topics
                .ValidateAsync(
                    source,
                    [
                        .. statuses
                            .Where(status => status.Ledger is not null && !status.IsUnknown)
                            .Select(status => (status.Upstream, status.Ledger!)),
                    ],
                    cancellationToken
                )
                .ConfigureAwait(false);
            _unknown.TryRemove((source.Uid, WholeSource), out _);
            return statuses;
        }
        catch (Exception exception) when (IsPassing(exception, cancellationToken))
        {
            if (_unknown.TryAdd((source.Uid, WholeSource), 0))
            {
                Log.SourceUnknown(job.Logger, exception, job.Name, source.Uid);
            }

            return null;
        }
    }

    private async Task RepairInnerChannelsAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        _inner ??= new DurableInnerChannels(job, _tracker);
        await _inner.RepairAsync(tasks, cancellationToken).ConfigureAwait(false);
        _lastLagCheck = job.Services.Time.GetTimestamp();
    }

    private Task FlushInnerStagesAsync(IDurableTasks tasks, CancellationToken cancellationToken)
    {
        Stage[] inner = [.. job.Plan.KeyedStages.Where(stage => !job.Plan.IsFedBySource(stage))];
        return suspension.Freezes == 0
            ? DurableJob.SignalAllAsync(inner, DurableOperation.Flush, [], tasks, cancellationToken)
            : DurableJob.SignalAllAsync(inner, DurableOperation.Thaw, FreezeCodec.Encode(suspension.Freezes), tasks, cancellationToken);
    }

    private async Task RepairAsync(Stage source, PartitionStatus status, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        Log.Repairing(job.Logger, job.Name, job.Plan.Describe(source, status.Upstream), status.LastRecord);
        try
        {
            await sources.RepairAsync(source, status.Upstream, status.LastRecord, tasks, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            Log.RepairFailed(job.Logger, exception, job.Name, job.Plan.Describe(source, status.Upstream));
            await suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }

    private bool HasTrigger(Stage source, PartitionStatus status) =>
        DurableConnectors.HasTrigger(job.Plan.TopicsOf(source)[DurableJobPlan.PartitionOf(status.Upstream).TopicIndex]);

    private async Task PullAsync(Stage source, PartitionStatus[] statuses, IDurableTasks tasks, CancellationToken cancellationToken)
    {
        try
        {
            await _pull.RunAsync(source, statuses, tasks, cancellationToken).ConfigureAwait(false);
            _unknown.TryRemove((source.Uid, Pulling), out _);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // The next tick begins where the ledgers are.
            if (_unknown.TryAdd((source.Uid, Pulling), 0))
            {
                Log.PullFailed(job.Logger, exception, job.Name, source.Uid);
            }

            await suspension.SuspendIfForGoodAsync(exception, cancellationToken).ConfigureAwait(false);
        }
    }
}
