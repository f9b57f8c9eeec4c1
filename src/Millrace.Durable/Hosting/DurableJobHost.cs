using Millrace.Checkpoints;
using Millrace.Durable.Protocol;
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
        States = new TaskStates(store, options.MaxStateBytes, Job.Services);
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

    public TaskStates States { get; }

    /// <summary>Begins a batch of operations of a keyed task.</summary>
    /// <param name="stage">The task's stage.</param>
    /// <param name="index">The task's index in it.</param>
    /// <param name="state">What the batch has loaded; <see langword="null"/> = nothing.</param>
    /// <param name="cancellationToken">Ends the wait for the store.</param>
    /// <param name="warm">What the process has of the task as it is in the state, if anything.</param>
    public async Task<DurableTaskBatch> OpenBatchAsync(
        Stage stage,
        int index,
        TaskState? state,
        CancellationToken cancellationToken,
        WarmTask? warm = null
    )
    {
        DurableTaskLogic? logic = warm?.Logic;
        try
        {
            ReadOnlyMemory<byte> head =
                state?.Bytes ?? warm?.Head ?? await States.LoadAsync(state, cancellationToken).ConfigureAwait(false);
            IReadOnlyList<ReadOnlyMemory<byte>> parts = warm is null
                ? await States.LoadPartsAsync(state, cancellationToken).ConfigureAwait(false)
                : [];
            logic ??= await _restored.CreateLogicAsync(stage, index, !head.IsEmpty, cancellationToken).ConfigureAwait(false);
            if (warm is not null)
            {
                Log.GoesOnWarm(Job.Logger, Job.Name, stage.Uid, index);
            }

            KeyedTask task = new(Plan.OptionsOf(stage, index), logic, head, durable: null, parts, isWarm: warm is not null);
            return new DurableTaskBatch(Job, _restored, Suspension, Repair, Senders, States, stage, index, state, head, logic, task);
        }
        catch
        {
            logic?.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sources.DisposeAsync().ConfigureAwait(false);
        await Senders.DisposeAsync().ConfigureAwait(false);
        await Topics.DisposeAsync().ConfigureAwait(false);
    }
}
