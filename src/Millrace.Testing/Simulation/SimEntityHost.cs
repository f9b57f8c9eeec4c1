using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>
/// Runs batches of entity operations as the durable extension does: load, the app's function with all operations of the batch, send, save,
/// delete. Where the function throws, the operations count as failed: their messages are gone, the state stays.
/// </summary>
internal sealed class SimEntityHost(SimWorld world)
{
    public void Run(SimProcess process, SimEntity entity, List<EntityMessage> batch) => world.Watch(RunAsync(process, entity, batch));

    private async Task RunAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch)
    {
        long lease = entity.Lease;
        try
        {
            await RunBatchAsync(process, entity, batch).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            // The extension gives the batch up; its messages stay in the inbox.
            world.Trace.Add(process, $"batch of {entity.Name} is given up: {error.Message}");
        }

        world.Entities.Unlock(entity, lease);
    }

    private async Task RunBatchAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch)
    {
        (TaskState? state, long etag) = await world
            .Call(process, $"load {entity.Name}", world.Stored(() => (entity.State, entity.ETag)))
            .ConfigureAwait(false);
        Work work = new(entity) { State = state };
        if (
            world.Faults.Fires(SimulatedFault.EntityBatchLost) || !await TryOperateAsync(process, entity, batch, work).ConfigureAwait(false)
        )
        {
            await DeleteAsync(process, entity, batch).ConfigureAwait(false);
            return;
        }

        if (work.Outgoing.Count > 0)
        {
            (SimEntity, string, byte[])[] messages =
            [
                .. work.Outgoing.Select(each => (world.Entities.Of(each.Task), each.Name, each.Content)),
            ];
            if (world.Faults.Fires(SimulatedFault.EntityCrashWhileSending))
            {
                world.Entities.Enqueue(entity, messages.AsSpan(0, world.Random.Between(1, messages.Length)));
                world.Crash(process, $"while {entity.Name} sends");
            }

            await world
                .Call(process, $"{entity.Name} sends {messages.Length}", world.Stored(() => world.Entities.Enqueue(entity, messages)))
                .ConfigureAwait(false);
        }

        foreach (AppOutput output in work.Emitted)
        {
            await process.Client.EmitAsync(output, CancellationToken.None).ConfigureAwait(false);
        }

        await world
            .Call(process, $"save {entity.Name}", world.Stored(() => world.Entities.Save(entity, etag, work.State, batch)))
            .ConfigureAwait(false);
        if (world.Faults.Fires(SimulatedFault.EntityCrashBeforeDelete))
        {
            world.Crash(process, $"before {entity.Name}'s messages are deleted");
        }

        await DeleteAsync(process, entity, batch).ConfigureAwait(false);
    }

    private async Task<bool> TryOperateAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch, Work work)
    {
        using EntityBatch run = new(process.Jobs, world.Shape.KnowsBatchSizes ? batch.Count : null, CancellationToken.None);
        try
        {
            foreach (EntityMessage message in batch)
            {
                work.Begin(message);
                await run.RunAsync(work).ConfigureAwait(false);
            }

            run.ThrowIfIncomplete();
            return true;
        }
        catch (Exception error)
        {
            world.Trace.Add(process, $"the function of {entity.Name} throws {error.GetType().Name}: {error.Message}");
            return false;
        }
    }

    private Task DeleteAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch) =>
        world.Call(process, $"delete {batch.Count} messages of {entity.Name}", world.Stored(() => world.Entities.Delete(entity, batch)));

    // What the operations of a batch leave behind.
    private sealed class Work(SimEntity entity) : IEntityOperation
    {
        public List<(TaskKey Task, string Name, byte[] Content)> Outgoing { get; } = [];

        public List<AppOutput> Emitted { get; } = [];

        public string Name { get; private set; } = "";

        public byte[] Content { get; private set; } = [];

        public string Key => entity.Name;

        public TaskState? State { get; set; }

        public void Begin(EntityMessage message) => (Name, Content) = (message.Operation, message.Content);

        public void Signal(TaskKey task, string operation, byte[] content) => Outgoing.Add((task, operation, content));

        public void Emit(AppOutput output) => Emitted.Add(output);
    }
}

/// <summary>A process's way to entities from outside of them.</summary>
internal sealed class SimEntityClient(SimWorld world, SimProcess process) : IEntityClient
{
    public Task SignalAsync(TaskKey task, string operation, byte[] content, CancellationToken cancellationToken) =>
        world
            .Call(
                process,
                $"signal {operation} to {task}",
                world.Stored(() => world.Entities.Signal(world.Entities.Of(task), operation, content)),
                SimulatedFault.SignalError,
                SimulatedFault.SignalReplyLost
            )
            .WaitAsync(cancellationToken);

    public Task<TaskState?> ReadAsync(TaskKey task, CancellationToken cancellationToken) =>
        world.Call(process, $"read {task}", world.Stored(() => world.Entities.Of(task).State)).WaitAsync(cancellationToken);

    public Task EmitAsync(AppOutput output, CancellationToken cancellationToken)
    {
        SimSent[] records = [.. output.Records.Select(record => SimSent.Of(output.SinkUid, output.Incarnation, record.Id, record.Data))];
        return world
            .Call(process, $"emit {records.Length} records of {output.SinkUid}", world.Brokered(() => world.Sinks.Append(records)))
            .WaitAsync(cancellationToken);
    }
}
