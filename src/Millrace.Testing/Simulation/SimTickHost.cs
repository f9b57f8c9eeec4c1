using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>The tick: reads the ledgers, tells the tasks, completes what nobody does, resends what was lost.</summary>
internal sealed class SimTickHost(SimWorld world, SimSourceHost sources)
{
    public int Repairs { get; private set; }

    public int Resends { get; private set; }

    public int Idles { get; private set; }

    public async Task TickAsync(SimProcess process)
    {
        try
        {
            await RunAsync(process);
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            world.Trace.Add(process, $"tick failed: {error.Message}");
        }
    }

    private async Task RunAsync(SimProcess process)
    {
        var tracker = process.Tracker ??= new ProgressTracker(OptionsOf(), process.Clock);
        var statuses = await ReadAsync(process);
        var watermarks = tracker.Watermarks(statuses);
        await TellAsync(process, statuses, watermarks);
        foreach (var status in statuses)
        {
            if (tracker.IsStranded(status))
            {
                Repairs++;
                world.Trace.Add(process, $"completes partition {status.Partition} up to {status.LastRecord}");
                await sources.ProcessAsync(process, sources.CreateTask(), status.Partition, [], status.LastRecord);
            }
        }

        await ResendAsync(process, tracker, statuses);
    }

    private ProgressOptions OptionsOf() => new()
    {
        IdleTimeout = TimeSpan.FromSeconds(3),
        RepairTimeout = TimeSpan.FromSeconds(8),
        ResendTimeout = TimeSpan.FromSeconds(5),
        Guards = world.Guards,
    };

    /// <summary>Ledgers first, ends after: an idle partition has nothing that is older than what the ledgers say.</summary>
    private async Task<PartitionStatus[]> ReadAsync(SimProcess process)
    {
        var count = await world.Call(process, "count partitions", () => world.Topic.Partitions);
        var ledgers = new LedgerState?[count];
        for (var i = 0; i < count; i++)
        {
            var partition = i;
            var (content, _) = await world.Call(
                process, $"read ledger {partition}", () => world.Blobs.Read(SimSourceHost.BlobOf(partition)), SimulatedFault.BlobError, null, SimulatedFault.BlobSlow);
            ledgers[i] = content is null ? null : LedgerCodec.Decode(content);
        }

        var statuses = new PartitionStatus[count];
        for (var i = 0; i < count; i++)
        {
            var partition = i;
            var next = ledgers[i]?.Next ?? 0;
            statuses[i] = new PartitionStatus(
                i, ledgers[i], await world.Call(process, $"look at the end of {partition}", () => world.Topic.LastRecord(partition, next)));
        }

        return statuses;
    }

    private async Task TellAsync(SimProcess process, PartitionStatus[] statuses, long[] watermarks)
    {
        for (var i = 0; i < statuses.Length; i++)
        {
            Idles += watermarks[i] > (statuses[i].Ledger?.Watermark ?? long.MinValue) ? 1 : 0;
        }

        foreach (var entity in world.Entities.All)
        {
            if (!entity.Stage.IsFedBySource)
            {
                await world.Call(process, $"flush {entity.Name}", () => world.Entities.Signal(entity, EntityOperation.Flush, []), SimulatedFault.SignalError);
                continue;
            }

            var partitions = statuses.Select((status, i) => new PartitionProgress(
                status.Partition,
                watermarks[i],
                status.Ledger?.Sent[new ChannelId(world.Job.SourceEdge, status.Partition, entity.Task)] ?? SentPositions.None)).ToArray();
            var progress = ProgressCodec.Encode(new Progress { Job = world.Job.Name, Edge = world.Job.SourceEdge, Partitions = partitions });
            await world.Call(process, $"tell {entity.Name}", () => world.Entities.Signal(entity, EntityOperation.Progress, progress), SimulatedFault.SignalError);
        }
    }

    private async Task ResendAsync(SimProcess process, ProgressTracker tracker, PartitionStatus[] statuses)
    {
        foreach (var entity in world.Entities.All)
        {
            if (!entity.Stage.IsFedBySource)
            {
                continue;
            }

            var applied = await world.Call(process, $"look at {entity.Name}", () => SimEntityHost.Load(world, entity).Channels
                .ToDictionary(static channel => channel.Id, static channel => channel.Applied));
            foreach (var status in statuses)
            {
                var channel = new ChannelId(world.Job.SourceEdge, status.Partition, entity.Task);
                var lag = new ChannelLag(channel, applied.GetValueOrDefault(channel, SentPositions.None), status.Ledger?.Sent[channel] ?? SentPositions.None);
                if (tracker.IsLost(lag))
                {
                    await ResendAsync(process, status, lag);
                }
            }
        }
    }

    private async Task ResendAsync(SimProcess process, PartitionStatus status, ChannelLag lag)
    {
        Resends++;
        world.Trace.Add(process, $"resends {lag}");
        var records = new List<SimRecord>();
        var range = new OffsetRange(lag.Applied + 1, lag.Sent);
        await world.Call(process, $"read back {status.Partition} {range}", () => world.Topic.Read(status.Partition, range.From, range.To, int.MaxValue, records));
        var from = status.Ledger! with { Sent = SentPositions.Of([new(lag.Channel, lag.Applied)]) };
        var result = world.Job.RunChain(new ChainContext(status.Partition, range, records, from, lag.Channel));
        await sources.SendAsync(process, result.Envelopes);
    }
}
