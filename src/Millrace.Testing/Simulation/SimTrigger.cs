using Millrace.Durable.Apps;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The Kafka extension's listener: batches of mixed partitions for the app's function, delivered again as long as it fails, offsets
/// committed after it has not.
/// </summary>
internal sealed class SimTrigger(SimWorld world)
{
    public async Task ListenAsync(SimProcess process)
    {
        SimMember member = world.Group.Join(process);
        while (true)
        {
            if (!member.IsValid)
            {
                member = world.Group.Join(process);
            }

            List<SimRecord> batch = [];
            if (!world.AreBrokersAway)
            {
                world.Group.Poll(member, world.Random.Between(1, world.Shape.MaxBatch), batch);
            }

            if (batch.Count == 0)
            {
                await world.Delay(process, 60).ConfigureAwait(false);
                continue;
            }

            if (world.Random.OneIn(3))
            {
                // The batch fills while the group may move partitions: it can hold holes and repetitions in its middle.
                await world.Delay(process, world.Random.Between(1, 200)).ConfigureAwait(false);
                world.Group.Poll(member, world.Shape.MaxBatch, batch);
            }

            int generation = member.Generation;
            if (batch.Exists(record => record.Offset < world.Group.CommittedOf(record.Partition)))
            {
                world.Observe("RedeliveredBatches");
            }

            await DeliverAsync(process, batch).ConfigureAwait(false);
            if (batch.Exists(record => !world.Group.Owns(process, record.Partition)))
            {
                world.Observe("ZombieWork");
            }

            Commit(process, member, generation, batch);
        }
    }

    private async Task DeliverAsync(SimProcess process, List<SimRecord> batch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                // A function per source and topic.
                await Task.WhenAll(
                        batch
                            .GroupBy(record =>
                                (world.Job.Partitions[record.Partition].Source, world.Job.Partitions[record.Partition].Topic)
                            )
                            .Select(part => RunFunctionAsync(process, part.Key.Source, [.. part]))
                    )
                    .ConfigureAwait(false);
                return;
            }
            catch (Exception error)
            {
                world.Trace.Add(process, $"batch failed, attempt {attempt}: {error.GetType().Name}: {error.Message}");
                if (world.Faults.Fires(SimulatedFault.CommitOnFailure))
                {
                    return;
                }

                await world.Delay(process, world.Random.Between(10, 300)).ConfigureAwait(false);
            }
        }
    }

    private async Task RunFunctionAsync(SimProcess process, string sourceUid, SimRecord[] records)
    {
        AppJob job = process.Job;
        Stage source = job.Plan.Sources.First(stage => stage.Uid == sourceUid);
        await process
            .Jobs.DeliverAsync(job, source, [.. records.Select(static record => record.Raw)], process.Client, CancellationToken.None)
            .ConfigureAwait(false);
        if (world.Faults.Fires(SimulatedFault.FunctionThrows))
        {
            throw new SimFaultException("the function threw");
        }
    }

    private void Commit(SimProcess process, SimMember member, int generation, List<SimRecord> batch)
    {
        Dictionary<int, long> next = [];
        foreach (SimRecord record in batch)
        {
            next[record.Partition] = Math.Max(next.GetValueOrDefault(record.Partition), record.Offset + 1);
        }

        // Stored now, sent later: a crash in between delivers the batch again.
        world.Scheduler.After(
            world.Random.Between(1, 500),
            () =>
            {
                if (process.IsAlive)
                {
                    world.Group.Commit(member, generation, next);
                }
            }
        );
    }
}
