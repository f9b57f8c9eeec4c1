using System.Globalization;
using System.Runtime.ExceptionServices;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Durable.Apps;

/// <summary>
/// A keyed task for one batch of operations: one instance per batch, so that what its first operation loads is what was durable when the
/// batch began.
/// <code>
/// created -> first operation: load, send what is durable -> operations: apply -> last operation: save -> ThrowIfIncomplete -> gone with
/// the batch
/// </code>
/// All or nothing: where one operation throws, all do, and then the function. The host then calls the operations failed and forgets their
/// messages, but state and messages stay as they were before the batch, and ticks have sent again what was lost: by sources from the topic,
/// by keyed tasks from what they keep until it is acknowledged.
/// </summary>
/// <param name="jobs">The jobs.</param>
/// <param name="operations">Number of operations in the batch; <see langword="null"/> = not known, and then the state is set after
/// each.</param>
/// <param name="cancellationToken">The process ends.</param>
internal sealed class EntityBatch(AppJobs jobs, int? operations, CancellationToken cancellationToken) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(400);

    // Not checkpointed.
    private DurableTaskBatch? _batch;
    private AppJob? _job;
    private DurableJobHost? _host;
    private readonly DateTimeOffset _start = jobs.Services.Time.GetUtcNow();
    private TaskKey _key;
    private bool _isForeign;
    private bool _isComplete;
    private int _seen;
    private ExceptionDispatchInfo? _failure;

    public async Task RunAsync(IEntityOperation operation)
    {
        _failure?.Throw();
        try
        {
            await OperateAsync(operation).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
            throw;
        }
    }

    /// <summary>
    /// Called after the batch: it must not be saved if an operation has failed, or if its state was not set because more were to come.
    /// </summary>
    public void ThrowIfIncomplete()
    {
        _failure?.Throw();
        if (operations is { } expected && _seen != expected)
        {
            throw new InvalidOperationException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A batch of {expected} operations ran {_seen} of them; none is kept, and what they brought is sent again. This "
                        + $"version of the durable extension cuts batches in another way than expected: report it."
                )
            );
        }

        _isComplete = true;
    }

    /// <summary>Whether the batch will be durable is not known yet: the next one sees it by what it loads.</summary>
    public void Dispose()
    {
        if (_isComplete && _batch is not null && jobs.Opened().Contains(_host))
        {
            jobs.Warm.Put(_key.ToString(), _batch.Release(_host!));
        }

        _batch?.Dispose();
    }

    private async Task OperateAsync(IEntityOperation operation)
    {
        _seen++;
        if (_batch is null && !_isForeign)
        {
            await BeginAsync(operation).ConfigureAwait(false);
        }

        if (_isForeign)
        {
            return;
        }

        await _batch!.ApplyAsync(operation.Name, operation.Content, Signal(operation), cancellationToken).ConfigureAwait(false);
        if (operations is { } expected && _seen < expected)
        {
            return;
        }

        if (!jobs.Services.Protocol.Guards.HasFlag(ProtocolGuards.DurableOutbox))
        {
            await SendAsync(operation).ConfigureAwait(false);
        }

        await _batch.FillHolesAsync(Signal(operation), cancellationToken).ConfigureAwait(false);
        if (_batch.WantsFlush())
        {
            operation.Signal(TaskKey.Parse(operation.Key), DurableOperation.Flush, []);
        }

        operation.State = await _batch.SaveAsync(cancellationToken).ConfigureAwait(false);
        await ReportAsync(_batch.Pending()).ConfigureAwait(false);
    }

    private Action<Stage, int, string, byte[]> Signal(IEntityOperation operation) =>
        (target, task, name, content) => operation.Signal(TaskKey.Of(_host!, target, task), name, content);

    private async Task BeginAsync(IEntityOperation operation)
    {
        TaskKey key = TaskKey.Parse(operation.Key);
        AppJob? job = jobs.FindByKey(key.Job);
        DurableJobHost? host = job is null ? null : await AttemptAsync(() => OpenAsync(job, key)).ConfigureAwait(false);
        if (
            job is null
            || host is null
            || host.Control.Incarnation != key.Incarnation
            || !job.StagesByKey.TryGetValue(key.Stage, out Stage? stage)
            || key.Task >= stage.Parallelism
        )
        {
            // Of a job that this app no longer has, or of a state that a savepoint has replaced: nobody waits for it.
            _isForeign = true;
            return;
        }

        (_job, _host, _key) = (job, host, key);
        TaskState? durable = operation.State;
        _batch = await AttemptAsync(() => LoadAsync(host, stage, durable)).ConfigureAwait(false);
        await CollectOrphansAsync(durable, DurableNames.SpillOf(job.Name, key.Incarnation, stage, key.Task)).ConfigureAwait(false);
        await SendAsync(operation).ConfigureAwait(false);
    }

    private Task SendAsync(IEntityOperation operation) =>
        _batch!.SendDurableAsync(
            Signal(operation),
            (sink, batch, records) => operation.Emit(new AppOutput(_job!, _host!.Plan.Incarnation, sink, batch, records)),
            cancellationToken
        );

    private async Task<DurableJobHost> OpenAsync(AppJob job, TaskKey key)
    {
        DurableJobHost host = await jobs.OpenAsync(job, cancellationToken).ConfigureAwait(false);
        if (host.Control.Incarnation >= key.Incarnation)
        {
            return host;
        }

        // Another process has given the job a new state.
        jobs.Retire(job, host);
        return await jobs.OpenAsync(job, cancellationToken).ConfigureAwait(false);
    }

    private async Task<DurableTaskBatch> LoadAsync(DurableJobHost host, Stage stage, TaskState? durable)
    {
        TaskState? state = await host.States.CollectAsync(durable, cancellationToken).ConfigureAwait(false);
        bool isAnyStamp = !jobs.Services.Protocol.Has(ProtocolGuards.Stamp);

        // What the process kept is what it saved last. Whether that was saved at all, and whether another host has saved since, only the
        // state says.
        WarmTask? warm = jobs.Warm.Take(_key.ToString());
        if (warm is not null && (!ReferenceEquals(warm.Host, host) || (warm.Stamp != state?.Stamp && !isAnyStamp)))
        {
            Log.WarmGivenUp(host.Job.Logger, host.Job.Name, _key.ToString());
            warm.Dispose();
            warm = null;
        }

        return await host.OpenBatchAsync(stage, _key.Task, state, cancellationToken, warm).ConfigureAwait(false);
    }

    // A batch that fails is repaired, but after a while only: a store that is away for a moment must not make it fail.
    private Task<T> AttemptAsync<T>(Func<Task<T>> action) => jobs.AttemptAsync(action, FirstPause, cancellationToken);

    private async Task CollectOrphansAsync(TaskState? durable, string folder)
    {
        try
        {
            await _host!.States.CollectOrphansAsync(durable, folder, _start, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.CollectFailed(_host!.Job.Logger, exception, folder);
        }
    }

    // Repeated by the next batch, at the latest that of the next tick.
    private async Task ReportAsync(PendingOutput pending)
    {
        try
        {
            await _host!.BackPressure.ReportAsync(pending, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            Log.ReportFailed(_host!.Job.Logger, exception, _job!.Name, pending.Stage, pending.Task);
        }
    }
}

/// <summary>One operation of a keyed task's entity, as the host hands it over.</summary>
internal interface IEntityOperation
{
    /// <summary>The operation's name, of <see cref="DurableOperation"/>.</summary>
    string Name { get; }

    /// <summary>Its message.</summary>
    byte[] Content { get; }

    /// <summary>The entity's key, a <see cref="TaskKey"/>.</summary>
    string Key { get; }

    /// <summary>The entity's state; <see langword="null"/> = none. What is set is durable when the batch is, or not at all.</summary>
    TaskState? State { get; set; }

    /// <summary>Sends a message when the batch is durable, or when it is lost: perhaps.</summary>
    void Signal(TaskKey task, string operation, byte[] content);

    /// <summary>Hands records to the host's fire-and-forget output; leaves as a signal does.</summary>
    void Emit(AppOutput output);
}
