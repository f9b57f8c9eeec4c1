using Microsoft.DurableTask;
using Microsoft.DurableTask.Entities;
using Millrace.Durable.Hosting;
using Millrace.Functions.Jobs;
using Millrace.Functions.Outbox;
using Millrace.Graph;

namespace Millrace.Functions.Tasks;

/// <summary>
/// A keyed task for one batch of operations: one instance per batch, so that what its first operation loads is what was durable when the batch began.
/// <code>
/// created -> first operation: load, send what is durable -> operations: apply, save -> gone with the batch
/// </code>
/// </summary>
internal sealed class TaskEntity(JobRegistry registry, TimeProvider time) : ITaskEntity, IDisposable
{
    private const int MaxLoadAttempts = 5;

    // Not checkpointed.
    private DurableTaskBatch? _batch;
    private TaskState? _state;
    private string _folder = "";
    private bool _isForeign;

    public async ValueTask<object?> RunAsync(TaskEntityOperation operation)
    {
        ArgumentNullException.ThrowIfNull(operation);
        if (_batch is null && !_isForeign)
        {
            await BeginAsync(operation).ConfigureAwait(false);
        }

        if (_isForeign)
        {
            return null;
        }

        await _batch!.ApplyAsync(operation.Name, (operation.HasInput ? operation.GetInput<byte[]>() : null) ?? [], CancellationToken.None).ConfigureAwait(false);
        if (_batch.WantsFlush())
        {
            operation.Context.SignalEntity(operation.Context.Id, DurableOperation.Flush, Array.Empty<byte>());
        }

        _state = await SaveAsync(_batch.Save()).ConfigureAwait(false);
        operation.State.SetState(_state);
        return null;
    }

    public void Dispose() => _batch?.Dispose();

    private async Task BeginAsync(TaskEntityOperation operation)
    {
        TaskKey key = TaskKey.Parse(operation.Context.Id.Key);
        JobEntry? job = registry.Catalog.FindByKey(key.Job);
        DurableJobHost? host = job is null ? null : await OpenAsync(job, key).ConfigureAwait(false);
        if (job is null || host is null || host.Control.Incarnation != key.Incarnation || !job.StagesByKey.TryGetValue(key.Stage, out Stage? stage) || key.Task >= stage.Parallelism)
        {
            // Of a job that this app no longer has, or of a state that a savepoint has replaced: nobody waits for it.
            _isForeign = true;
            return;
        }

        TaskState? durable = operation.State.HasState ? operation.State.GetState<TaskState>() : null;
        (_batch, _state) = await LoadAsync(host, stage, key.Task, durable).ConfigureAwait(false);
        _folder = DurableNames.SpillOf(job.Name, key.Incarnation, stage, key.Task);
        await _batch.SendDurableAsync(
            (target, task, envelope) => operation.Context.SignalEntity(ClientTasks.IdOf(job, host, target, task), DurableOperation.Envelope, envelope),
            (sink, batch, records) => operation.Context.ScheduleNewOrchestration(
                OutboxFunctions.OrchestratorName,
                OutboxInput.Of(job, sink, records),
                new StartOrchestrationOptions(OutboxInput.InstanceOf(host.Plan.Incarnation, sink, batch))),
            CancellationToken.None).ConfigureAwait(false);
    }

    private async Task<DurableJobHost?> OpenAsync(JobEntry job, TaskKey key)
    {
        DurableJobHost host = await registry.OpenAsync(job, CancellationToken.None).ConfigureAwait(false);
        if (host.Control.Incarnation >= key.Incarnation)
        {
            return host;
        }

        // Another process has given the job a new state.
        registry.Retire(job, host);
        return await registry.OpenAsync(job, CancellationToken.None).ConfigureAwait(false);
    }

    // An operation that throws loses its message, so a store that is away for a moment must not make it throw.
    private async Task<(DurableTaskBatch Batch, TaskState? State)> LoadAsync(DurableJobHost host, Stage stage, int task, TaskState? durable)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                TaskState? state = await registry.States.CollectAsync(durable, CancellationToken.None).ConfigureAwait(false);
                ReadOnlyMemory<byte> bytes = await registry.States.LoadAsync(state, CancellationToken.None).ConfigureAwait(false);
                return (await DurableTaskBatch.OpenAsync(host, stage, task, bytes, CancellationToken.None).ConfigureAwait(false), state);
            }
            catch (Exception) when (attempt < MaxLoadAttempts)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200 << attempt), time).ConfigureAwait(false);
            }
        }
    }

    private async Task<TaskState> SaveAsync(byte[] bytes)
    {
        try
        {
            return await registry.States.StoreAsync(_state, bytes, _folder, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Large, but safe: the framework takes it inline.
            return new TaskState(bytes, null, _state?.Blob is { } old ? [.. _state.Garbage, old] : _state?.Garbage ?? []);
        }
    }
}
