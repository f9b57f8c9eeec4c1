using Millrace.Ledger;

namespace Millrace.Testing.Simulation;

/// <summary>The tick: reads the ledgers, tells the tasks, completes what nobody does, resends what was lost.</summary>
internal sealed class SimTickHost(SimWorld world, SimSourceHost sources)
{
    public int Repairs { get; private set; }

    public int Resends { get; private set; }

    public int Asks { get; private set; }

    public int Idles { get; private set; }

    public async Task TickAsync(SimProcess process)
    {
        try
        {
            await RunAsync(process).ConfigureAwait(false);
        }
        catch (Exception error) when (error is SimFaultException or SimConflictException)
        {
            world.Trace.Add(process, $"tick failed: {error.Message}");
        }
    }

    private async Task RunAsync(SimProcess process)
    {
        ProgressTracker tracker = process.Tracker ??= new ProgressTracker(OptionsOf(), process.Clock);

        // Decided before the ledgers are read: the end holds behind what they say.
        bool hasInputEnded = world.HasInputEnded;
        Ledger.PartitionStatus[] statuses = await ReadAsync(process).ConfigureAwait(false);
        long[] watermarks = tracker.Watermarks(statuses);
        if (hasInputEnded)
        {
            Array.Fill(watermarks, long.MaxValue);
        }

        await TellAsync(process, statuses, watermarks).ConfigureAwait(false);
        for (int partition = 0; partition < statuses.Length; partition++)
        {
            PartitionStatus status = statuses[partition];
            if (tracker.IsStranded(status))
            {
                Repairs++;
                world.Trace.Add(process, $"completes partition {partition} up to {status.LastRecord}");
                await sources.ProcessAsync(process, sources.CreateTask(), partition, [], status.LastRecord).ConfigureAwait(false);
            }
        }

        await ResendAsync(process, tracker, statuses).ConfigureAwait(false);
        await AskForRestAsync(process, tracker).ConfigureAwait(false);
    }

    private ProgressOptions OptionsOf() =>
        new()
        {
            RepairTimeout = TimeSpan.FromSeconds(8),
            ResendTimeout = TimeSpan.FromSeconds(5),
            Guards = world.Guards,
        };

    /// <summary>Ledgers first, ends after: an idle partition has nothing that is older than what the ledgers say.</summary>
    private async Task<PartitionStatus[]> ReadAsync(SimProcess process)
    {
        int count = await world.Call(process, "count partitions", () => world.Topic.Partitions).ConfigureAwait(false);
        LedgerState?[] ledgers = new LedgerState?[count];
        for (int i = 0; i < count; i++)
        {
            int partition = i;
            (byte[]? content, _) = await world
                .Call(
                    process,
                    $"read ledger {partition}",
                    () => world.Blobs.Read(SimSourceHost.BlobOf(partition)),
                    SimulatedFault.BlobError,
                    null,
                    SimulatedFault.BlobSlow
                )
                .ConfigureAwait(false);
            ledgers[i] = content is null ? null : LedgerCodec.Decode(content);
        }

        PartitionStatus[] statuses = new PartitionStatus[count];
        for (int i = 0; i < count; i++)
        {
            int partition = i;
            long next = ledgers[i]?.Next ?? 0;
            long last = await world
                .Call(process, $"look at the end of {partition}", () => world.Topic.LastRecord(partition, next))
                .ConfigureAwait(false);
            SimulatedPartition named = world.Job.PartitionOf(i);
            statuses[i] = new PartitionStatus(named.Source, named.Upstream, ledgers[i], last, named.IdleTimeout, named.IdleClock);
        }

        return statuses;
    }

    private async Task TellAsync(SimProcess process, PartitionStatus[] statuses, long[] watermarks)
    {
        for (int i = 0; i < statuses.Length; i++)
        {
            Idles += watermarks[i] > (statuses[i].Ledger?.Watermark ?? long.MinValue) ? 1 : 0;
        }

        foreach (SimEntity entity in world.Entities.All)
        {
            if (!entity.Stage.IsFedBySource)
            {
                await world
                    .Call(
                        process,
                        $"flush {entity.Name}",
                        () => world.Entities.Signal(entity, EntityOperation.Flush, []),
                        SimulatedFault.SignalError
                    )
                    .ConfigureAwait(false);
                continue;
            }

            foreach (InputEdge? input in entity.Stage.Inputs.Where(static input => input.IsSource))
            {
                await TellAsync(process, entity, input.Name, statuses, watermarks).ConfigureAwait(false);
            }
        }
    }

    private Task TellAsync(SimProcess process, SimEntity entity, string edge, PartitionStatus[] statuses, long[] watermarks)
    {
        List<PartitionProgress> partitions = new();
        for (int i = 0; i < statuses.Length; i++)
        {
            if (world.Job.PartitionOf(i).Edges.Contains(edge, StringComparer.Ordinal))
            {
                ChannelId channel = new(edge, statuses[i].Upstream, entity.Task);
                partitions.Add(
                    new PartitionProgress(channel.Upstream, watermarks[i], statuses[i].Ledger?.Sent[channel] ?? SentPositions.None)
                );
            }
        }

        byte[] progress = ProgressCodec.Encode(
            new Progress
            {
                Job = world.Job.Name,
                Edge = edge,
                Partitions = partitions,
            }
        );
        return world.Call(
            process,
            $"tell {entity.Name}",
            () => world.Entities.Signal(entity, EntityOperation.Progress, progress),
            SimulatedFault.SignalError
        );
    }

    private async Task ResendAsync(SimProcess process, ProgressTracker tracker, PartitionStatus[] statuses)
    {
        foreach (SimEntity entity in world.Entities.All)
        {
            if (!entity.Stage.IsFedBySource)
            {
                continue;
            }

            Dictionary<ChannelId, long> applied = await world
                .Call(
                    process,
                    $"look at {entity.Name}",
                    () =>
                        SimEntityHost
                            .Inspect(world, entity)
                            .Channels.ToDictionary(static channel => channel.Id, static channel => channel.Applied)
                )
                .ConfigureAwait(false);
            for (int partition = 0; partition < statuses.Length; partition++)
            {
                foreach (string edge in world.Job.PartitionOf(partition).Edges)
                {
                    PartitionStatus status = statuses[partition];
                    ChannelId channel = new(edge, status.Upstream, entity.Task);
                    ChannelLag lag = new(
                        channel,
                        applied.GetValueOrDefault(channel, SentPositions.None),
                        status.Ledger?.Sent[channel] ?? SentPositions.None
                    );
                    if (SimEntities.IsInput(entity, edge) && tracker.IsLost(lag))
                    {
                        await ResendAsync(process, partition, status, lag).ConfigureAwait(false);
                    }
                }
            }
        }
    }

    /// <summary>Between keyed tasks the sender keeps what it sent: it is told what has come and asked for what has not.</summary>
    private async Task AskForRestAsync(SimProcess process, ProgressTracker tracker)
    {
        foreach (SimEntity sender in world.Entities.All.Where(static entity => entity.Stage.Outputs.Count > 0))
        {
            IReadOnlyList<Envelope> kept = await world
                .Call(process, $"look at {sender.Name}", () => SimEntityHost.Inspect(world, sender).Unacknowledged)
                .ConfigureAwait(false);
            foreach (
                Envelope? last in kept.GroupBy(static envelope => envelope.Channel)
                    .Select(static channel => channel.MaxBy(static envelope => envelope.To)!)
            )
            {
                SimEntity receiver = world.Entities.TargetOf(last.Channel);
                long applied = await world
                    .Call(
                        process,
                        $"look at {receiver.Name}",
                        () => SimEntityHost.Inspect(world, receiver).Channels.First(channel => channel.Id == last.Channel).Applied
                    )
                    .ConfigureAwait(false);
                bool asks = tracker.IsLost(new ChannelLag(last.Channel, applied, last.To));
                Asks += asks ? 1 : 0;
                if (asks || applied >= last.To)
                {
                    byte[] word = AcknowledgementCodec.Encode(
                        new Acknowledgement
                        {
                            Job = world.Job.Name,
                            Channel = last.Channel,
                            Applied = applied,
                            AsksForRest = asks,
                        }
                    );
                    await world
                        .Call(
                            process,
                            $"tell {sender.Name}",
                            () => world.Entities.Signal(sender, EntityOperation.Acknowledge, word),
                            SimulatedFault.SignalError
                        )
                        .ConfigureAwait(false);
                }
            }
        }
    }

    private async Task ResendAsync(SimProcess process, int partition, PartitionStatus status, ChannelLag lag)
    {
        Resends++;
        world.Trace.Add(process, $"resends {lag}");
        List<SimRecord> records = new();
        OffsetRange range = new(lag.Applied + 1, lag.Sent);
        await world
            .Call(process, $"read back {partition} {range}", () => world.Topic.Read(partition, range.From, range.To, int.MaxValue, records))
            .ConfigureAwait(false);
        Ledger.LedgerState from = status.Ledger! with { Sent = SentPositions.Of([new(lag.Channel, lag.Applied)]) };
        ChainResult result = world.Job.RunChain(new ChainContext(partition, range, records, from, lag.Channel));
        await sources.SendAsync(process, result.Envelopes).ConfigureAwait(false);
    }
}
