using System.Globalization;
using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The trigger's listener and the function behind it: batches of mixed partitions, each partition through its source task.
/// </summary>
internal sealed class SimSourceHost(SimWorld world, SimSinkClient sinks)
{
    private const int MaxReadBack = 40;

    /// <summary>How often a batch held records that were committed before.</summary>
    public int Redeliveries { get; private set; }

    /// <summary>How often a process worked on a partition that the group had given to another.</summary>
    public int Zombies { get; private set; }

    /// <summary>How often a hole was read back.</summary>
    public int ReadBacks { get; private set; }

    /// <summary>How often a plan of an earlier owner was replayed.</summary>
    public int Replays { get; private set; }

    public async Task ListenAsync(SimProcess process)
    {
        SimMember? member = world.Group.Join(process);
        while (true)
        {
            if (!member.IsValid)
            {
                member = world.Group.Join(process);
            }

            List<SimRecord> batch = new();
            world.Group.Poll(member, world.Random.Between(1, world.Shape.MaxBatch), batch);
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
            await DeliverAsync(process, batch).ConfigureAwait(false);
            Commit(process, member, generation, batch);
        }
    }

    /// <summary>Takes one partition's part of a batch through its source task, or what a tick found undone.</summary>
    public async Task ProcessAsync(SimProcess process, SourceTask task, int partition, IReadOnlyList<SimRecord> delivered, long? repairTo)
    {
        SortedDictionary<long, SimRecord> records = new();
        foreach (SimRecord record in delivered)
        {
            records[record.Offset] = record;
        }

        Ledger.SourceStep step = repairTo is { } last
            ? task.BeginRepair(last)
            : task.Begin(delivered.Select(static record => record.Offset).ToArray());
        while (true)
        {
            switch (step.Action)
            {
                case SourceAction.ReadLedger:
                    (byte[]? content, string? etag) = await world
                        .Call(
                            process,
                            $"read ledger {partition}",
                            () => world.Blobs.Read(BlobOf(partition)),
                            SimulatedFault.BlobError,
                            null,
                            SimulatedFault.BlobSlow
                        )
                        .ConfigureAwait(false);
                    step = task.LedgerRead(content is null ? null : LedgerCodec.Decode(content), etag);
                    break;
                case SourceAction.WriteLedger:
                    step = await WriteAsync(process, task, partition, step).ConfigureAwait(false);
                    break;
                case SourceAction.ReadBack:
                    step = await ReadBackAsync(process, task, partition, step.Range, records).ConfigureAwait(false);
                    break;
                case SourceAction.Process:
                    step = await RunChainAsync(process, task, partition, step, records).ConfigureAwait(false);
                    break;
                case SourceAction.Completed:
                    return;
                default:
                    throw new SimConflictException($"partition {partition} has another owner");
            }
        }
    }

    public SourceTask CreateTask() => new(new SourceTaskOptions { IsPlanned = world.Job.SendsWhole, Guards = world.Guards });

    public static string BlobOf(int partition) => FormattableString.Invariant($"ledger/{partition}");

    /// <summary>Sends envelopes as signals, at once and in no order.</summary>
    public Task SendAsync(SimProcess process, IReadOnlyList<Envelope> envelopes)
    {
        List<Task> sends = new(envelopes.Count);
        foreach (Envelope envelope in envelopes)
        {
            SimEntity target = world.Entities.TargetOf(envelope.Channel);
            byte[] bytes = EnvelopeCodec.Encode(envelope);
            sends.Add(
                world.Call(
                    process,
                    $"signal {envelope}",
                    () => world.Entities.Signal(target, EntityOperation.Envelope, bytes),
                    SimulatedFault.SignalError,
                    SimulatedFault.SignalReplyLost
                )
            );
        }

        return Task.WhenAll(sends);
    }

    private async Task DeliverAsync(SimProcess process, List<SimRecord> batch)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await Task.WhenAll(
                        batch.GroupBy(static record => record.Partition).Select(part => ProcessPartAsync(process, part.Key, part.ToArray()))
                    )
                    .ConfigureAwait(false);
                return;
            }
            catch (Exception error) when (error is SimFaultException or SimConflictException)
            {
                world.Trace.Add(process, $"batch failed, attempt {attempt}: {error.Message}");
                if (world.Faults.Fires(SimulatedFault.CommitOnFailure))
                {
                    return;
                }

                await world.Delay(process, world.Random.Between(10, 300)).ConfigureAwait(false);
            }
        }
    }

    private Task ProcessPartAsync(SimProcess process, int partition, SimRecord[] records)
    {
        if (!process.Sources.TryGetValue(partition, out SourceTask? task))
        {
            task = CreateTask();
            process.Sources.Add(partition, task);
        }

        Redeliveries += task.Ledger is { } ledger && records[0].Offset < ledger.Next ? 1 : 0;
        return ProcessAsync(process, task, partition, records, null);
    }

    private void Commit(SimProcess process, SimMember member, int generation, List<SimRecord> batch)
    {
        Dictionary<int, long> next = new();
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

    private async Task<SourceStep> WriteAsync(SimProcess process, SourceTask task, int partition, SourceStep step)
    {
        byte[] bytes = LedgerCodec.Encode(step.Ledger!);
        string what = world.Trace.IsKept
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"write ledger {partition}: epoch {step.Ledger!.Epoch}, next {step.Ledger.Next}, plan "
                    + $"{step.Ledger.Plan?.ToString() ?? "none"}"
            )
            : "write ledger";
        try
        {
            string etag = await world
                .Call(
                    process,
                    what,
                    () => world.Blobs.Write(BlobOf(partition), bytes, step.ETag, step.IsUnconditional),
                    SimulatedFault.BlobError,
                    SimulatedFault.BlobReplyLost,
                    SimulatedFault.BlobSlow
                )
                .ConfigureAwait(false);
            return task.LedgerWritten(etag);
        }
        catch (SimConflictException)
        {
            return task.LedgerConflict();
        }
        catch (SimFaultException)
        {
            return task.LedgerUnknown();
        }
    }

    private async Task<SourceStep> ReadBackAsync(
        SimProcess process,
        SourceTask task,
        int partition,
        OffsetRange range,
        SortedDictionary<long, SimRecord> records
    )
    {
        ReadBacks++;
        List<SimRecord> found = new();
        long coveredTo = await world
            .Call(process, $"read back {partition} {range}", () => world.Topic.Read(partition, range.From, range.To, MaxReadBack, found))
            .ConfigureAwait(false);
        foreach (SimRecord record in found)
        {
            records[record.Offset] = record;
        }

        return task.ReadBackDone(range, coveredTo);
    }

    private async Task<SourceStep> RunChainAsync(
        SimProcess process,
        SourceTask task,
        int partition,
        SourceStep step,
        SortedDictionary<long, SimRecord> records
    )
    {
        if (!world.Group.Owns(process, partition))
        {
            Zombies++;
        }

        SimRecord[] inRange = records.Values.Where(record => step.Range.Contains(record.Offset)).ToArray();
        ChainResult result = world.Job.RunChain(new ChainContext(partition, step.Range, inRange, step.Ledger!, null));
        await SendAsync(process, result.Envelopes).ConfigureAwait(false);
        foreach (
            IGrouping<string, (long Offset, SimulatedOutput Record)> toSink in result.SinkRecords.GroupBy(
                static record => record.Record.Sink,
                StringComparer.Ordinal
            )
        )
        {
            if (!await sinks.TrySendAsync(process, toSink.Key, partition, toSink.ToArray()).ConfigureAwait(false))
            {
                throw new SimFaultException($"partition {partition}: sink {toSink.Key} failed");
            }
        }

        if (world.Faults.Fires(SimulatedFault.FunctionThrows))
        {
            throw new SimFaultException($"partition {partition}: the function threw");
        }

        return task.Processed(result.Watermark, result.Sent);
    }
}
