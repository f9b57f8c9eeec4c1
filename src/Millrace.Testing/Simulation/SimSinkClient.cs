using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>The producers: awaited appends, or transactions with a progress marker.</summary>
internal sealed class SimSinkClient(SimWorld world)
{
    /// <summary>Sends records with growing sequence numbers. False if it is not known that all of them arrived.</summary>
    public async Task<bool> TrySendAsync(SimProcess process, string sink, int task, (long Sequence, SimulatedOutput Record)[] records)
    {
        if (records.Length == 0)
        {
            return true;
        }

        string transactionalId = SinkProgress.TransactionalId(world.Job.Name, sink, task);
        try
        {
            await (
                world.Job.GuaranteeOf(sink) == SimulatedSink.ExactlyOnce
                    ? CommitAsync(process, transactionalId, records)
                    : AppendAsync(process, transactionalId, records)
            ).ConfigureAwait(false);
            return true;
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            return false;
        }
    }

    private async Task AppendAsync(SimProcess process, string id, (long Sequence, SimulatedOutput Record)[] records)
    {
        SimulatedOutput[] all = Array.ConvertAll(records, static record => record.Record);
        if (world.Faults.Fires(SimulatedFault.SinkError))
        {
            int some = world.Random.Below(all.Length + 1);
            await world
                .Call(process, $"append {some} of {all.Length} records of {id}", () => Append(all.AsSpan(0, some)))
                .ConfigureAwait(false);
            throw new SimFaultException($"{id}: append failed");
        }

        await world
            .Call(process, $"append {all.Length} records of {id}", () => Append(all), null, SimulatedFault.SinkReplyLost)
            .ConfigureAwait(false);
    }

    private async Task CommitAsync(SimProcess process, string id, (long Sequence, SimulatedOutput Record)[] records)
    {
        if (!process.Sinks.TryGetValue(id, out SimSinkSession? session))
        {
            session = new SimSinkSession(world.Guards);
            process.Sinks.Add(id, session);
        }

        await session.EnterAsync().ConfigureAwait(false);
        try
        {
            if (!session.Progress.IsOpen)
            {
                session.ProducerEpoch = await world
                    .Call(process, $"initialize {id}", () => world.Sinks.Initialize(id), SimulatedFault.SinkError)
                    .ConfigureAwait(false);
                session.Progress.Opened(
                    await world
                        .Call(process, $"read marker of {id}", () => world.Sinks.ReadMarker(id), SimulatedFault.SinkError)
                        .ConfigureAwait(false)
                );
            }

            SimulatedOutput[] rest = records
                .Where(record => session.Progress.MustSend(record.Sequence))
                .Select(static record => record.Record)
                .ToArray();
            if (rest.Length == 0)
            {
                return;
            }

            (int epoch, long marker) = (session.ProducerEpoch, records[^1].Sequence);
            await world
                .Call(process, $"produce {rest.Length} records in {id}", () => Produce(id, epoch, rest), SimulatedFault.SinkError)
                .ConfigureAwait(false);
            await world
                .Call(
                    process,
                    $"commit {id} to {marker}",
                    () => Commit(id, epoch, marker),
                    SimulatedFault.SinkError,
                    SimulatedFault.SinkReplyLost
                )
                .ConfigureAwait(false);
            session.Progress.Committed(marker);
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            session.Progress.Lost();
            throw;
        }
        finally
        {
            session.Exit();
        }
    }

    private bool Append(ReadOnlySpan<SimulatedOutput> records)
    {
        world.Sinks.Append(records);
        return true;
    }

    private bool Produce(string id, int epoch, ReadOnlySpan<SimulatedOutput> records)
    {
        world.Sinks.Produce(id, epoch, records);
        return true;
    }

    private bool Commit(string id, int epoch, long marker)
    {
        world.Sinks.Commit(id, epoch, marker);
        return true;
    }
}
