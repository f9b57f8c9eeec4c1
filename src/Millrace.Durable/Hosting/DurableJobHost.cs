using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;
using Millrace.Batches;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Durable.Tasks;
using Millrace.Errors;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>
/// One incarnation of a job in one process of a trigger-driven host: what its source host, its task batches, its ticks and its savepoints
/// share. Thread-safe.
/// </summary>
internal sealed class DurableJobHost : IAsyncDisposable
{
    public const string LogName = "Millrace.Durable";

    private static readonly TimeSpan SuspendedPoll = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, IRawTopicReader> _topics = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Stage> _targets = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Stage, int Index), int> _failures = new();
    private readonly ClosableGate _savepointGate;
    private RestoredCheckpoint? _savepoint;
    private (DurableSavepointClaim Claim, long Since)? _otherClaim;
    private volatile bool _isSuspended;
    private volatile int _freezes;

    /// <param name="plan">The job, with its incarnation's name.</param>
    /// <param name="control">What is durable about the job.</param>
    /// <param name="store">Where savepoints and large states are.</param>
    /// <param name="ledgers">Where ledgers are.</param>
    /// <param name="services">Clock, logs and cancellation.</param>
    /// <param name="options">How to run.</param>
    public DurableJobHost(
        DurableJobPlan plan,
        DurableControl control,
        IObjectStore store,
        DurableLedgers ledgers,
        DurableServices services,
        DurableHostOptions options
    )
    {
        Plan = plan;
        Control = control;
        Store = store;
        Services = services with { Originals = ReadOriginal };
        _savepointGate = new ClosableGate(nameof(DurableJobHost), services.Execution);
        Options = options;
        Logger = services.LoggerFactory.CreateLogger(LogName);
        Ledgers = ledgers;
        Controls = new DurableControlStore(store, plan.Graph.Name);
        Senders = new SinkSenders(plan, control, services);
        Sources = new DurableSourceHost(this);
        Ticker = new DurableTicker(this);
        BackPressure = new BackPressure(this);
        Repair = new DurableChannelRepair(this);
        StallWatch = new DurableStallWatch(this);
        _freezes = control.IsSuspended ? 0 : control.Freezes;
        foreach (Stage stage in plan.KeyedStages)
        {
            foreach (StreamEdge edge in stage.InputEdges)
            {
                _targets.Add(edge.NameIn(plan.Graph), stage);
            }
        }
    }

    public DurableJobPlan Plan { get; }

    public DurableControl Control { get; }

    public IObjectStore Store { get; }

    public DurableServices Services { get; }

    public DurableHostOptions Options { get; }

    public ILogger Logger { get; }

    public DurableLedgers Ledgers { get; }

    public DurableControlStore Controls { get; }

    public SinkSenders Senders { get; }

    public DurableSourceHost Sources { get; }

    public DurableTicker Ticker { get; }

    public BackPressure BackPressure { get; }

    public DurableChannelRepair Repair { get; }

    public DurableStallWatch StallWatch { get; }

    /// <summary>The job's last freeze, which was over when this process last looked; 0 = none.</summary>
    public int Freezes => _freezes;

    /// <summary>
    /// Whether a turn to take a savepoint has not been kept up for its length, seen from here: whose clock it was written by may be wrong.
    /// </summary>
    public bool IsStale(DurableSavepointClaim claim)
    {
        if (_otherClaim is not { } seen || seen.Claim != claim)
        {
            _otherClaim = (claim, Services.Time.GetTimestamp());
            return false;
        }

        return Services.Time.GetElapsedTime(seen.Since) >= SavepointTurn.Length;
    }

    /// <summary>Whether the task is fed by a source, so that ticks tell it of progress.</summary>
    public bool IsFedBySource(Stage stage) => stage.InputEdges.Exists(edge => Plan.Graph.StageOf(edge.From).IsSource);

    public string LedgerOf(Stage source, int upstream) => DurableNames.LedgerOf(Plan.Graph.Name, Control.Incarnation, source, upstream);

    public (string Topic, int Partition) PartitionOf(Stage source, int upstream)
    {
        (int topic, int partition) = DurableJobPlan.PartitionOf(upstream);
        return (Plan.TopicsOf(source)[topic].Name, partition);
    }

    public string Describe(Stage source, int upstream)
    {
        (string topic, int partition) = PartitionOf(source, upstream);
        return string.Create(CultureInfo.InvariantCulture, $"{topic}-{partition}");
    }

    public IRawTopicReader TopicsOf(Stage source) =>
        _topics.GetOrAdd(
            source.Uid,
            _ =>
                Services.CreateTopicReader(
                    DurableJobPlan.SourceOf(source),
                    new ConnectorContext(
                        Plan.Graph.Name,
                        source.Uid,
                        0,
                        1,
                        Services.Time,
                        Services.LoggerFactory,
                        Services.CancellationToken
                    )
                )
        );

    /// <summary>Where a partition begins that has no ledger.</summary>
    public Task<long> FindStartAsync(Stage source, int upstream, CancellationToken cancellationToken)
    {
        (string topic, int partition) = PartitionOf(source, upstream);
        return TopicsOf(source).FindStartAsync(topic, partition, isInitial: !Control.StartsAreResolved, cancellationToken);
    }

    /// <summary>Checks ledgers of a source against its topics, and learns the ids of topics that a ledger lacks.</summary>
    /// <exception cref="SuppressRestartsException">A ledger's offsets are not, or no longer, of the log that there is.</exception>
    public async Task<LedgerState[]> ValidateAsync(
        Stage source,
        IReadOnlyList<(int Upstream, LedgerState Ledger)> ledgers,
        CancellationToken cancellationToken
    )
    {
        IRawRecordSource raw = DurableJobPlan.SourceOf(source);
        SourceSplit[] splits =
        [
            .. ledgers.Select(entry =>
            {
                (string topic, int partition) = PartitionOf(source, entry.Upstream);
                return raw.SplitAt(new RawPosition(topic, partition, entry.Ledger.Next) { TopicId = entry.Ledger.TopicId });
            }),
        ];
        IReadOnlyList<RawPosition> found = Services.Protocol.Has(ProtocolGuards.LogCheck)
            ? await TopicsOf(source).ValidateAsync(splits, cancellationToken).ConfigureAwait(false)
            : [];
        if (found.Count == 0)
        {
            return [.. ledgers.Select(entry => entry.Ledger)];
        }

        LedgerState[] valid = new LedgerState[splits.Length];
        for (int i = 0; i < valid.Length; i++)
        {
            LedgerState ledger = ledgers[i].Ledger;
            if (found[i].Offset != ledger.Next && ledger.Next >= 0)
            {
                // Positions of its channels are offsets, and they only grow.
                throw new SuppressRestartsException(
                    $"Job '{Plan.Graph.Name}', partition {Describe(source, ledgers[i].Upstream)}: its log is another one than was read up "
                        + $"to offset {ledger.Next}, and the source may go on from {found[i].Offset}. "
                        + $"Here it does so from a savepoint: take one with POST jobs/{Plan.Graph.Name}/savepoint, and start from it with "
                        + $"the setting Millrace:{Plan.Graph.Name}:RestoreFrom."
                );
            }

            valid[i] = ledger with { TopicId = found[i].TopicId };
        }

        return valid;
    }

    /// <summary>The stage that an edge leads to.</summary>
    public Stage TargetOf(in ChannelId channel) =>
        _targets.TryGetValue(channel.Edge, out Stage? stage)
            ? stage
            : throw new InvalidOperationException($"Job '{Plan.Graph.Name}' has no edge '{channel.Edge}'.");

    /// <summary>The stage that an edge comes from.</summary>
    public Stage SenderOf(in ChannelId channel)
    {
        string edge = channel.Edge;
        return Plan.Graph.Stages.FirstOrDefault(stage =>
                stage.OutputEdges.Exists(output => string.Equals(output.NameIn(Plan.Graph), edge, StringComparison.Ordinal))
            ) ?? throw new InvalidOperationException($"Job '{Plan.Graph.Name}' has no edge '{edge}'.");
    }

    /// <summary>The messages that carry envelopes to their tasks, those for one task together.</summary>
    public IEnumerable<(Stage Stage, int Task, byte[] Message)> Pack(IEnumerable<Envelope> envelopes) =>
        envelopes
            .GroupBy(envelope => (Stage: TargetOf(envelope.Channel), Task: envelope.Channel.Downstream))
            .SelectMany(target => EnvelopeBundle.Pack(target), (target, message) => (target.Key.Stage, target.Key.Task, message));

    /// <summary>Sends envelopes; returns when the host has taken them.</summary>
    public Task SendAsync(IReadOnlyList<Envelope> envelopes, IDurableTasks tasks, CancellationToken cancellationToken) =>
        Task.WhenAll(
            Pack(envelopes)
                .Select(signal =>
                    tasks.SignalAsync(signal.Stage, signal.Task, DurableOperation.Envelope, signal.Message, cancellationToken)
                )
        );

    /// <summary>Sends a message to every task of some stages.</summary>
    public static Task SignalAllAsync(
        IEnumerable<Stage> stages,
        string operation,
        byte[] content,
        IDurableTasks tasks,
        CancellationToken cancellationToken
    ) =>
        Task.WhenAll(
            stages.SelectMany(stage =>
                Enumerable.Range(0, stage.Parallelism).Select(task => tasks.SignalAsync(stage, task, operation, content, cancellationToken))
            )
        );

    /// <exception cref="JobSuspendedException">The job may not read on, at least not in this incarnation.</exception>
    public async Task ThrowIfSuspendedAsync(CancellationToken cancellationToken)
    {
        DurableControl? control = await Controls.ReadAsync(cancellationToken).ConfigureAwait(false);
        if (control is null || control.Incarnation != Control.Incarnation)
        {
            throw new JobSuspendedException(
                $"Job '{Plan.Graph.Name}' has a new state: incarnation {control?.Incarnation ?? 0} instead of {Control.Incarnation}; this "
                    + "process has to open it anew.",
                hasNewState: true
            );
        }

        if (!string.Equals(control.Ledgers, Ledgers.Kind, StringComparison.Ordinal))
        {
            throw new JobSuspendedException(
                $"Job '{Plan.Graph.Name}': its ledgers have been moved by a process with another setting Millrace:Ledgers.",
                hasNewState: true
            );
        }

        if (control.IsSuspended)
        {
            _isSuspended = true;
            throw new JobSuspendedException(
                control.Failure is { } failure
                    ? string.Create(
                        CultureInfo.InvariantCulture,
                        $"Job '{Plan.Graph.Name}' is suspended since {failure.Since:u}: {failure.Reason} Then resume it with POST "
                            + $"jobs/{Plan.Graph.Name}/resume."
                    )
                    : $"Job '{Plan.Graph.Name}' is suspended for a savepoint; resume it with POST jobs/{Plan.Graph.Name}/resume, or start "
                        + "it from the savepoint.",
                hasNewState: false
            );
        }

        _freezes = control.Freezes;
        _isSuspended = false;
    }

    /// <summary>
    /// Where this process has seen the job suspended: waits until it no longer is, so that what triggers deliver again and again costs
    /// nothing.
    /// </summary>
    /// <exception cref="JobSuspendedException">It still is after <see cref="DurableHostOptions.BackPressureWait"/>.</exception>
    public async Task WaitWhileSuspendedAsync(CancellationToken cancellationToken)
    {
        long start = Services.Time.GetTimestamp();
        while (_isSuspended)
        {
            try
            {
                await ThrowIfSuspendedAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (JobSuspendedException exception)
                when (!exception.HasNewState && Services.Time.GetElapsedTime(start) < Options.BackPressureWait)
            {
                await Task.Delay(SuspendedPoll, Services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>
    /// Suspends the job where a failure is one that another attempt would meet again: no process reads on until somebody resumes it.
    /// </summary>
    /// <param name="failure">What has happened.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <returns>Whether it is such a failure.</returns>
    public async Task<bool> SuspendIfForGoodAsync(Exception failure, CancellationToken cancellationToken)
    {
        if (RestartSuppression.Find(failure) is not { } cause)
        {
            return false;
        }

        await SuspendAsync(failure, cause.Message, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>
    /// Notes that user code has failed the work of a source partition or task. After <see cref="DurableHostOptions.UserCodeAttempts"/>
    /// failures in a row the job is suspended: more attempts would fail the same way, and hold up everything behind the record.
    /// </summary>
    /// <returns>Whether it has been suspended.</returns>
    public async Task<bool> NoteFailureAsync(Stage stage, int index, UserCodeException failure, CancellationToken cancellationToken)
    {
        if (_failures.AddOrUpdate((stage.Uid, index), 1, static (_, before) => before + 1) < Options.UserCodeAttempts)
        {
            return false;
        }

        _failures.TryRemove((stage.Uid, index), out _);
        await SuspendAsync(failure, failure.Message, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>The work of a source partition or task has gone well.</summary>
    public void ForgetFailures(Stage stage, int index)
    {
        if (!_failures.IsEmpty)
        {
            _failures.TryRemove((stage.Uid, index), out _);
        }
    }

    private async Task SuspendAsync(Exception failure, string why, CancellationToken cancellationToken)
    {
        if (
            await Controls.ReadAsync(cancellationToken).ConfigureAwait(false) is not { IsSuspended: false } control
            || control.Incarnation != Control.Incarnation
        )
        {
            _isSuspended = true;
            return;
        }

        DurableFailure reason = new(why, Services.Time.GetUtcNow());
        await Controls
            .ChangeAsync(
                found =>
                    found!.IsSuspended || found.Incarnation != Control.Incarnation
                        ? found
                        : found with
                        {
                            IsSuspended = true,
                            Failure = reason,
                        },
                cancellationToken
            )
            .ConfigureAwait(false);
        _isSuspended = true;
        Log.SuspendedForGood(Logger, failure, Plan.Graph.Name);

        // First the word, then the fences, as for a savepoint: no process goes on that has not read it.
        await Ledgers.FenceAllAsync(DurableNames.LedgersOf(Plan.Graph.Name, Control.Incarnation), cancellationToken).ConfigureAwait(false);
    }

    private RawRecord? ReadOriginal(RecordOrigin origin, CancellationToken cancellationToken)
    {
        Stage source = Plan.Sources.First(stage =>
            string.Equals(Plan.Graph.UidOf(stage.Nodes[0]), origin.Split!.Source, StringComparison.Ordinal)
        );
        return OriginalReader.Read(TopicsOf(source), origin, cancellationToken);
    }

    /// <summary>The logic of a task; from the savepoint where it has no state of its own yet.</summary>
    public async Task<DurableTaskLogic> CreateLogicAsync(Stage stage, int task, bool hasState, CancellationToken cancellationToken)
    {
        DurableTaskLogic logic = new(Plan, stage, task, Services);
        if (!hasState && await SavepointAsync(cancellationToken).ConfigureAwait(false) is { } savepoint)
        {
            logic.Restore(savepoint);
        }

        return logic;
    }

    /// <summary>The savepoint that this incarnation came from, if any.</summary>
    public async Task<RestoredCheckpoint?> SavepointAsync(CancellationToken cancellationToken)
    {
        if (Control.RestoredFrom is null || _savepoint is not null)
        {
            return _savepoint;
        }

        await _savepointGate.EnterAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _savepoint ??= await CheckpointLoader
                .LoadAsync(Store, DurableNames.SavepointOf(Control.RestoredFrom), cancellationToken, Services.Execution)
                .ConfigureAwait(false);
        }
        finally
        {
            _savepointGate.Leave();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sources.DisposeAsync().ConfigureAwait(false);
        await Senders.DisposeAsync().ConfigureAwait(false);
        foreach (IRawTopicReader topics in _topics.Values)
        {
            await topics.DisposeAsync().ConfigureAwait(false);
        }
    }
}
