using Millrace.Checkpoints;
using Millrace.Durable.Tasks;
using Millrace.Graph;

namespace Millrace.Durable.Hosting;

/// <summary>One incarnation of a job in one process of a trigger-driven host, put together from its parts. Thread-safe.</summary>
internal sealed class DurableJobHost : IAsyncDisposable
{
    private readonly RestoredState _restored;

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
        Topics = new JobTopics(plan, control, services);
        Job = new DurableJob(plan, control, store, ledgers, services with { Originals = Topics.ReadOriginal }, options);
        _restored = new RestoredState(Job);
        Suspension = new JobSuspension(Job);
        Senders = new SinkSenders(plan, control, Job.Services);
        BackPressure = new BackPressure(Job);
        StallWatch = new DurableStallWatch(Job);
        Repair = new DurableChannelRepair(Job, Topics);
        Sources = new DurableSourceHost(Job, Topics, Suspension, Senders, BackPressure, StallWatch);
        Ticker = new DurableTicker(Job, Topics, Suspension, Sources, BackPressure, StallWatch);
        Savepoints = new DurableSavepoints(Job, Topics, Suspension, _restored, Sources, Ticker);
    }

    public DurableJob Job { get; }

    public DurableJobPlan Plan => Job.Plan;

    public DurableControl Control => Job.Control;

    public JobTopics Topics { get; }

    public JobSuspension Suspension { get; }

    public SinkSenders Senders { get; }

    public DurableSourceHost Sources { get; }

    public DurableTicker Ticker { get; }

    public DurableSavepoints Savepoints { get; }

    public BackPressure BackPressure { get; }

    public DurableChannelRepair Repair { get; }

    public DurableStallWatch StallWatch { get; }

    /// <summary>Begins a batch of operations of a keyed task.</summary>
    /// <param name="stage">The task's stage.</param>
    /// <param name="index">The task's index in it.</param>
    /// <param name="state">What the batch has loaded; empty = nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the savepoint that the task begins with, if any.</param>
    public async Task<DurableTaskBatch> OpenBatchAsync(
        Stage stage,
        int index,
        ReadOnlyMemory<byte> state,
        CancellationToken cancellationToken
    ) =>
        new(
            Job,
            _restored,
            Suspension,
            Repair,
            Senders,
            stage,
            index,
            state,
            await _restored.CreateLogicAsync(stage, index, !state.IsEmpty, cancellationToken).ConfigureAwait(false)
        );

    public async ValueTask DisposeAsync()
    {
        await Sources.DisposeAsync().ConfigureAwait(false);
        await Senders.DisposeAsync().ConfigureAwait(false);
        await Topics.DisposeAsync().ConfigureAwait(false);
    }
}
