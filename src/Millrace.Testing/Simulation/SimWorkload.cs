using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Millrace.Graph;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The outside world: produces the input in one fixed order. Timestamps follow the order of production within the bound of disorder, over
/// all partitions, so that no record is late in a correct run, whatever the schedule.
/// </summary>
internal sealed class SimWorkload(SimWorld world, IReadOnlyList<SimItem> items)
{
    private int _next;

    public bool IsDone => _next == items.Count;

    public void Start(long delay)
    {
        if (world.Shape.StartsAtLatest)
        {
            // From before the job.
            for (int i = 0; i < world.Topic.Partitions; i++)
            {
                for (int number = world.Random.Below(6); number > 0; number--)
                {
                    world.Topic.Append(ForeignRecord(i, number));
                }
            }
        }

        world.Scheduler.After(delay, Produce);
    }

    /// <summary>The input of a given job, once for each source that reads its topic.</summary>
    public static IReadOnlyList<SimItem> Of(SimJob job, IReadOnlyList<SimulatedRecord> input, bool hasOffsetGaps, SimRandom random)
    {
        List<SimItem> items = [];
        foreach (SimulatedRecord record in input)
        {
            RawRecord raw = new(record.Topic, record.Partition, 0, record.Timestamp, record.Key, record.Value, []);
            bool found = false;
            for (int i = 0; i < job.Partitions.Count; i++)
            {
                if (job.Partitions[i].Topic == record.Topic && job.Partitions[i].Partition == record.Partition)
                {
                    found = true;
                    items.Add(SimItem.Of(i, raw, random.OneIn(40) ? random.Between(1000, 6000) : random.Between(0, 60)));
                    if (hasOffsetGaps && random.OneIn(6))
                    {
                        items.Add(SimItem.Marker(i));
                    }
                }
            }

            if (!found)
            {
                throw new ArgumentException(
                    $"The input has a record for partition {record.Partition} of topic '{record.Topic}', but job '{job.Name}' reads: "
                        + $"{string.Join(", ", job.Partitions.Select(static p => p.Topic).Distinct(StringComparer.Ordinal))}.",
                    nameof(input)
                );
            }
        }

        return items;
    }

    /// <summary>The input of the simulator's own job.</summary>
    public static IReadOnlyList<SimItem> Of(SimulationShape shape, SimRandom random)
    {
        List<SimItem> items = [];
        int partitions = shape.Partitions;
        int addAt = shape.AddsPartition ? random.Between(1, shape.Records) : -1;
        int quiet = random.Below(partitions);
        int quietFrom = random.Between(0, shape.Records);
        long clock = 0L;
        for (int i = 0; i < shape.Records; i++)
        {
            if (i == addAt)
            {
                items.Add(new SimItem(SimItemKind.AddPartition, partitions++, Raw: null, random.Between(100, 1500)));
            }

            int partition = shape.HasHotPartition && !random.OneIn(8) ? 0 : random.Below(partitions);
            if (partition == quiet && i >= quietFrom && i < quietFrom + 40 && partitions > 1)
            {
                partition = (partition + 1) % partitions;
            }

            int pause = random.OneIn(25) ? random.Between(2000, 8000) : random.Between(0, 120);
            clock += random.Between(0, 25);
            long timestamp = Math.Max(0, clock - random.Between(0, (int)WindowedSumJob.MaxOutOfOrderness));
            (int key, int value) = (shape.HasHotKey && !random.OneIn(8) ? 0 : random.Below(shape.Keys), random.Between(1, 1000));
            items.Add(
                SimItem.Of(
                    partition,
                    WindowedSumJob.RecordOf(shape.Topics, partition, i, key, value, timestamp, shape.PaddingOf(value)),
                    pause
                )
            );
            if (shape.HasOffsetGaps && random.OneIn(5))
            {
                items.Add(SimItem.Marker(partition));
            }
        }

        int spared = random.OneIn(2) && partitions > 1 ? random.Below(partitions) : -1;
        for (int partition = 0; partition < partitions; partition++)
        {
            if (partition != spared)
            {
                RawRecord last = WindowedSumJob.RecordOf(shape.Topics, partition, -1, 0, 1, WindowedSumJob.FinalTimestamp, 0);
                items.Add(SimItem.Of(partition, last, 0));
            }
        }

        return items;
    }

    private void Produce()
    {
        if (IsDone)
        {
            return;
        }

        // What comes before the job has begun is not its own, if it starts at the end.
        if (world.Shape.StartsAtLatest && _next == 0 && world.ReadControl() is not { StartsAreResolved: true })
        {
            world.Scheduler.After(200, Produce);
            return;
        }

        SimItem item = items[_next];
        switch (item.Kind)
        {
            case SimItemKind.Record:
                DisturbPartition(item.Partition);
                world.Topic.Append(new SimRecord(item.Partition, item.Raw!));
                break;
            case SimItemKind.Marker:
                world.Topic.AppendMarker(item.Partition);
                break;
            default:
                if (item.Partition == world.Topic.Partitions)
                {
                    world.Job.AddPartition();
                    world.Topic.AddPartition();
                    world.Trace.Add(null, $"partition {item.Partition} is added");
                    world.Scheduler.After(1000, world.Group.Rebalance);
                }

                // Its first records would be late to tasks that do not know it yet: whoever adds a partition waits for a tick.
                if (!IsKnown(item.Partition))
                {
                    world.Scheduler.After(200, Produce);
                    return;
                }

                break;
        }

        _next++;
        world.Scheduler.After(item.PauseAfter, Produce);
    }

    // Of other producers, whose transactions do not commit.
    private void DisturbPartition(int partition)
    {
        if (world.Faults.Fires(SimulatedFault.TransactionAborted))
        {
            long opened = world.Topic.OpenTransaction(partition);
            AppendAborted(partition);
            world.Topic.AbortTransaction(partition, opened);
        }

        if (world.Faults.Fires(SimulatedFault.TransactionOpen))
        {
            long opened = world.Topic.OpenTransaction(partition);
            AppendAborted(partition);
            world.Scheduler.After(world.Random.Between(500, 12_000), () => world.Topic.AbortTransaction(partition, opened));
        }
    }

    private void AppendAborted(int partition)
    {
        for (int number = world.Random.Between(1, 4); number > 0; number--)
        {
            world.Topic.Append(ForeignRecord(partition, number), isAborted: true);
        }
    }

    private SimRecord ForeignRecord(int partition, int number) =>
        new(partition, WindowedSumJob.RecordOf(world.Shape.Topics, partition, SimWorld.Foreign + number, 0, 3, 0, 0));

    private bool IsKnown(int partition)
    {
        if (world.ReadControl() is not { } control)
        {
            return false;
        }

        foreach (
            Stage stage in world.Job.Plan.KeyedStages.Where(stage =>
                stage.InputEdges.Exists(edge => world.Job.Plan.Graph.StageOf(edge.From).IsSource)
            )
        )
        {
            for (int task = 0; task < stage.Parallelism; task++)
            {
                TaskCheckpoint state = world.Inspect(control, stage, task);
                if (
                    !state.Channels.Values.Any(channel =>
                        channel.Id.Upstream == world.Job.UpstreamOf(control, world.Job.Partitions[partition])
                    )
                )
                {
                    return false;
                }
            }
        }

        return true;
    }
}

/// <summary>A step of the outside world.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Partition">The partition, among all.</param>
/// <param name="Raw">The record.</param>
/// <param name="PauseAfter">How long nothing happens then, in milliseconds.</param>
internal sealed record SimItem(SimItemKind Kind, int Partition, RawRecord? Raw, int PauseAfter)
{
    public static SimItem Of(int partition, RawRecord raw, int pauseAfter) => new(SimItemKind.Record, partition, raw, pauseAfter);

    public static SimItem Marker(int partition) => new(SimItemKind.Marker, partition, Raw: null, 0);
}

/// <summary>What the outside world does.</summary>
internal enum SimItemKind
{
    Record,
    Marker,
    AddPartition,
}
