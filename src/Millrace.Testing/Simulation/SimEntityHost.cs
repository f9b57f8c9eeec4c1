using Millrace.Connectors;
using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>Runs batches of entity operations as the durable framework and the adapter on top of it do.</summary>
internal sealed class SimEntityHost(SimWorld world, SimSinkClient sinks)
{
    public void Run(SimProcess process, SimEntity entity, List<EntityMessage> batch) => _ = RunAsync(process, entity, batch);

    private static KeyedTask Load(SimWorld world, SimEntity entity, ReadOnlyMemory<byte> state, OutboxMark? durable = null) =>
        new(OptionsOf(world, entity.Stage, entity.Task), entity.Stage.CreateLogic(entity.Task), state, durable);

    public static KeyedTask Load(SimWorld world, SimEntity entity) => Load(world, entity, entity.State);

    /// <summary>The protocol's part of a saved state, without making the logic.</summary>
    public static KeyedTask Inspect(SimWorld world, SimEntity entity) =>
        new(OptionsOf(world, entity.Stage, entity.Task), new OpaqueLogic(), entity.State);

    private static KeyedTaskOptions OptionsOf(SimWorld world, SimulatedStage stage, int task) =>
        new()
        {
            Job = world.Job.Name,
            Stage = stage.Name,
            Task = task,
            Inputs = stage.Inputs,
            Outputs = stage.Outputs,
            MaxHeldBackBytes = world.Job is StreamJobSimulation ? 4_000 : 200,
            Guards = world.Guards,
        };

    private async Task RunAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch)
    {
        long lease = entity.Lease;
        try
        {
            await RunBatchAsync(process, entity, batch).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            // The framework gives the batch up; its messages stay in the inbox.
        }

        world.Entities.Unlock(entity, lease);
    }

    private async Task RunBatchAsync(SimProcess process, SimEntity entity, List<EntityMessage> batch)
    {
        (byte[]? state, long etag) = await world
            .Call(process, $"load {entity.Name}", () => (entity.State, entity.ETag))
            .ConfigureAwait(false);
        List<(SimEntity, EntityOperation, byte[])> outgoing = new();
        KeyedTask? task = Load(world, entity, state);
        await SendAsync(process, entity, task, outgoing).ConfigureAwait(false);
        foreach (EntityMessage message in batch)
        {
            task = Operate(process, entity, task, message, outgoing);
            outgoing.AddRange(
                task.TakeAcknowledgements()
                    .Select(acknowledgement =>
                        (
                            world.Entities.SenderOf(acknowledgement.Channel),
                            EntityOperation.Acknowledge,
                            AcknowledgementCodec.Encode(acknowledgement)
                        )
                    )
            );
        }

        if (world.Faults.Fires(SimulatedFault.EntityBatchLost))
        {
            (task.Logic as IDisposable)?.Dispose();
            await world
                .Call(process, $"lose {batch.Count} messages of {entity.Name}", () => world.Entities.Delete(entity, batch))
                .ConfigureAwait(false);
            return;
        }

        if (!world.Guards.HasFlag(ProtocolGuards.DurableOutbox))
        {
            await SendAsync(process, entity, task, outgoing).ConfigureAwait(false);
        }

        if (task.TakeFlushRequest())
        {
            outgoing.Add((entity, EntityOperation.Flush, []));
        }

        byte[] next = task.Save();
        (task.Logic as IDisposable)?.Dispose();
        await SaveAsync(process, entity, batch, outgoing, etag, next).ConfigureAwait(false);
        await world
            .Call(process, $"delete {batch.Count} messages of {entity.Name}", () => world.Entities.Delete(entity, batch))
            .ConfigureAwait(false);
    }

    /// <summary>What the batch found in the state: envelopes join the batch's messages, sink records go out now.</summary>
    private async Task SendAsync(SimProcess process, SimEntity entity, KeyedTask task, List<(SimEntity, EntityOperation, byte[])> outgoing)
    {
        foreach (Envelope envelope in task.DurableEnvelopes)
        {
            outgoing.Add((world.Entities.TargetOf(envelope.Channel), EntityOperation.Envelope, EnvelopeCodec.Encode(envelope)));
        }

        task.MarkEnvelopesSent();
        SinkEntry[] entries = task.DurableSinkEntries.ToArray();
        foreach (string? sink in entries.Select(static entry => entry.Sink).Distinct(StringComparer.Ordinal).ToArray())
        {
            (long Sequence, SimulatedOutput)[] records = entries
                .Where(entry => entry.Sink == sink)
                .Select(entry =>
                    (
                        entry.Sequence,
                        new SimulatedOutput(
                            sink,
                            RecordId.Of(world.Job.Name, entity.Stage.Name, entity.Task, entry.Sequence),
                            world.Job.Describe(entry.Record)
                        )
                    )
                )
                .ToArray();
            if (!await sinks.TrySendAsync(process, sink, entity.Task, records).ConfigureAwait(false))
            {
                task.MarkSinkFailed(sink);
                continue;
            }

            task.MarkSinkEntriesSent(sink);
        }
    }

    private KeyedTask Operate(
        SimProcess process,
        SimEntity entity,
        KeyedTask task,
        EntityMessage message,
        List<(SimEntity, EntityOperation, byte[])> outgoing
    )
    {
        if (message.Operation == EntityOperation.Flush)
        {
            task.OnFlush();
            return task;
        }

        if (message.Operation == EntityOperation.Progress)
        {
            task.OnProgress(ProgressCodec.Decode(message.Content));
            return task;
        }

        if (message.Operation == EntityOperation.Acknowledge)
        {
            outgoing.AddRange(
                task.OnAcknowledgement(AcknowledgementCodec.Decode(message.Content))
                    .Select(lost => (world.Entities.TargetOf(lost.Channel), EntityOperation.Envelope, EnvelopeCodec.Encode(lost)))
            );
            return task;
        }

        Ledger.Envelope envelope = EnvelopeCodec.Decode(message.Content);
        if (world.Faults.Fires(SimulatedFault.OperationThrows))
        {
            (byte[] before, Ledger.OutboxMark durable) = (task.Save(), task.Mark);
            task.OnEnvelope(envelope);
            task = Load(world, entity, before, durable);
            task.Park(envelope);
            world.Trace.Add(process, $"{entity.Name} parks {envelope}");
            return task;
        }

        int conflicts = task.Conflicts;
        Ledger.ReceiveOutcome outcome = task.OnEnvelope(envelope);
        world.Trace.Add(process, $"{entity.Name} {outcome} {envelope}");
        if (task.Conflicts > conflicts)
        {
            world.Violate($"{entity.Name} refused {envelope}: it overlaps what was applied");
        }

        return task;
    }

    private async Task SaveAsync(
        SimProcess process,
        SimEntity entity,
        List<EntityMessage> batch,
        List<(SimEntity, EntityOperation, byte[])> outgoing,
        long etag,
        byte[] state
    )
    {
        if (outgoing.Count > 0)
        {
            (SimEntity, EntityOperation, byte[])[] messages = outgoing.ToArray();
            if (world.Faults.Fires(SimulatedFault.EntityCrashWhileSending))
            {
                world.Entities.Enqueue(entity, messages.AsSpan(0, world.Random.Between(1, messages.Length)));
                world.Crash(process, $"while {entity.Name} sends");
            }

            await world
                .Call(process, $"{entity.Name} sends {messages.Length}", () => world.Entities.Enqueue(entity, messages))
                .ConfigureAwait(false);
        }

        await world.Call(process, $"save {entity.Name}", () => world.Entities.Save(entity, etag, state, batch)).ConfigureAwait(false);
        if (world.Faults.Fires(SimulatedFault.EntityCrashBeforeDelete))
        {
            world.Crash(process, $"before {entity.Name}'s messages are deleted");
        }
    }
}
