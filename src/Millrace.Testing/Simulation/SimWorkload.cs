namespace Millrace.Testing.Simulation;

/// <summary>
/// The outside world: produces the input in one fixed order. Timestamps follow the order of production within the bound of disorder, over
/// all partitions, so that no record is late in a correct run, whatever the schedule.
/// </summary>
internal sealed class SimWorkload
{
    public const long FinalTimestamp = 1_000_000_000;
    private readonly SimWorld _world;
    private readonly SimRandom _random;
    private readonly List<Item> _items = [];
    private int _next;

    /// <param name="given">The input of a given job; null for the simulator's own.</param>
    public SimWorkload(SimWorld world, ulong seed, IReadOnlyList<SimRecord>? given)
    {
        _world = world;
        _random = new SimRandom(SimRandom.Mix(seed ^ 0x1A9D7));
        if (given is null)
        {
            Compose();
        }
        else
        {
            Compose(given);
        }
    }

    public bool IsDone => _next == _items.Count;

    public void Start() => _world.Scheduler.After(_random.Between(0, 1500), Produce);

    private void Compose(IReadOnlyList<SimRecord> given)
    {
        foreach (SimRecord record in given)
        {
            _items.Add(new Item(ItemKind.Record, record, _random.OneIn(40) ? _random.Between(1000, 6000) : _random.Between(0, 60)));
            if (_world.Shape.HasOffsetGaps && _random.OneIn(6))
            {
                _items.Add(new Item(ItemKind.Marker, record, 0));
            }
        }
    }

    private void Compose()
    {
        SimulationShape shape = _world.Shape;
        int partitions = shape.Partitions;
        int addAt = shape.AddsPartition ? _random.Between(1, shape.Records) : -1;
        int quiet = _random.Below(partitions);
        int quietFrom = _random.Between(0, shape.Records);
        long clock = 0L;
        for (int i = 0; i < shape.Records; i++)
        {
            if (i == addAt)
            {
                _items.Add(new Item(ItemKind.AddPartition, new SimRecord(partitions++, 0, 0, 0, 0), _random.Between(100, 1500)));
            }

            int partition = _random.Below(partitions);
            if (partition == quiet && i >= quietFrom && i < quietFrom + 40 && partitions > 1)
            {
                partition = (partition + 1) % partitions;
            }

            int pause = _random.OneIn(25) ? _random.Between(2000, 8000) : _random.Between(0, 120);
            clock += _random.Between(0, 25);
            long timestamp = Math.Max(0, clock - _random.Between(0, (int)shape.MaxOutOfOrderness));
            _items.Add(
                new Item(
                    ItemKind.Record,
                    new SimRecord(partition, 0, _random.Below(shape.Keys), _random.Between(1, 1000), timestamp),
                    pause
                )
            );
            if (shape.HasOffsetGaps && _random.OneIn(5))
            {
                _items.Add(new Item(ItemKind.Marker, new SimRecord(partition, 0, 0, 0, 0), 0));
            }
        }

        int spared = _random.OneIn(2) && partitions > 1 ? _random.Below(partitions) : -1;
        for (int partition = 0; partition < partitions; partition++)
        {
            if (partition != spared)
            {
                _items.Add(new Item(ItemKind.Record, new SimRecord(partition, 0, 0, 1, FinalTimestamp), 0));
            }
        }
    }

    private void Produce()
    {
        if (IsDone)
        {
            return;
        }

        Item item = _items[_next];
        switch (item.Kind)
        {
            case ItemKind.Record:
                _world.Topic.Append(item.Record);
                break;
            case ItemKind.Marker:
                _world.Topic.AppendMarker(item.Record.Partition);
                break;
            default:
                if (item.Record.Partition == _world.Topic.Partitions)
                {
                    _world.Topic.AddPartition();
                    _world.Trace.Add(null, $"partition {item.Record.Partition} is added");
                    _world.Scheduler.After(1000, _world.Group.Rebalance);
                }

                // Its first records would be late to tasks that do not know it yet: whoever adds a partition waits for a tick.
                if (!IsKnown(item.Record.Partition))
                {
                    _world.Scheduler.After(200, Produce);
                    return;
                }

                break;
        }

        _next++;
        _world.Scheduler.After(item.PauseAfter, Produce);
    }

    private bool IsKnown(int partition)
    {
        foreach (SimEntity entity in _world.Entities.All)
        {
            if (
                entity.Stage.IsFedBySource
                && !SimEntityHost.Inspect(_world, entity).Channels.Any(channel => channel.Id.Upstream == partition)
            )
            {
                return false;
            }
        }

        return true;
    }

    private enum ItemKind
    {
        Record,
        Marker,
        AddPartition,
    }

    private readonly record struct Item(ItemKind Kind, SimRecord Record, int PauseAfter);
}
