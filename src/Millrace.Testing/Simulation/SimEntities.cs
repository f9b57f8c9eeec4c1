using Millrace.Durable.Apps;
using Millrace.Durable.Hosting;

namespace Millrace.Testing.Simulation;

/// <summary>
/// The durable entities: inboxes, saved states, leases. Client signals arrive in any order and perhaps twice; messages between entities
/// keep their order and are recognized when redelivered, but not when the batch that sent them runs again.
/// </summary>
internal sealed class SimEntities
{
    private readonly SimWorld _world;
    private readonly Dictionary<string, SimEntity> _entities = new(StringComparer.Ordinal);
    private long _nextMessage;

    public SimEntities(SimWorld world) => _world = world;

    public IReadOnlyCollection<SimEntity> All => _entities.Values;

    /// <summary>Runs a batch of an entity on a process; set by the host.</summary>
    public Action<SimProcess, SimEntity, List<EntityMessage>>? Run { get; set; }

    /// <summary>An entity; there is one as soon as somebody names it.</summary>
    public SimEntity Of(TaskKey key)
    {
        string name = key.ToString();
        if (!_entities.TryGetValue(name, out SimEntity? entity))
        {
            _entities.Add(name, entity = new SimEntity(key));
        }

        return entity;
    }

    /// <summary>A signal from a client, such as a trigger function or the tick.</summary>
    public bool Signal(SimEntity entity, string operation, byte[] content)
    {
        if (operation == DurableOperation.Envelope && _world.Faults.Fires(SimulatedFault.SignalLost))
        {
            return true;
        }

        int copies = _world.Faults.Fires(SimulatedFault.SignalDuplicated) ? 2 : 1;
        for (int i = 0; i < copies; i++)
        {
            int delay =
                _world.Random.Between(1, 30) + (_world.Faults.Fires(SimulatedFault.SignalDelayed) ? _world.Random.Between(200, 6000) : 0);
            Deliver(entity, new EntityMessage(_nextMessage++, null, operation, content) { VisibleAt = _world.Scheduler.Now + delay });
        }

        return true;
    }

    /// <summary>Messages from a batch of <paramref name="sender"/>, in order.</summary>
    public bool Enqueue(SimEntity sender, ReadOnlySpan<(SimEntity Target, string Operation, byte[] Content)> messages)
    {
        foreach ((SimEntity target, string operation, byte[] content) in messages)
        {
            long visibleAt = Math.Max(
                target.VisibleBySender.GetValueOrDefault(sender.Name),
                _world.Scheduler.Now + _world.Random.Between(1, 20)
            );
            target.VisibleBySender[sender.Name] = visibleAt;
            Deliver(target, new EntityMessage(_nextMessage++, sender.Name, operation, content) { VisibleAt = visibleAt });
        }

        return true;
    }

    /// <summary>Saves a batch's state if nobody else has meanwhile, and remembers which entity messages it includes.</summary>
    public bool Save(SimEntity entity, long etag, TaskState? state, List<EntityMessage> batch)
    {
        if (entity.ETag != etag)
        {
            throw new SimConflictException($"entity '{entity.Name}' was saved by another host");
        }

        entity.State = state;
        entity.ETag++;
        foreach (EntityMessage message in batch)
        {
            if (message.Sender is not null)
            {
                entity.Processed.Add(message.Id);
            }
        }

        return true;
    }

    public bool Delete(SimEntity entity, List<EntityMessage> batch)
    {
        foreach (EntityMessage message in batch)
        {
            entity.Inbox.Remove(message);
        }

        return true;
    }

    /// <summary>The lease of a batch ends; what is still in the inbox runs again.</summary>
    public void Unlock(SimEntity entity, long lease)
    {
        if (entity.Lease == lease)
        {
            entity.RunBy = null;
            Wake(entity);
        }
    }

    /// <summary>All leases move: whoever runs a batch goes on, and another host runs the same.</summary>
    public void MoveLeases()
    {
        foreach (SimEntity entity in _entities.Values.Where(static entity => entity.RunBy is not null))
        {
            long lease = entity.Lease;
            _world.Scheduler.After(_world.Random.Between(1, 40), () => Unlock(entity, lease));
        }
    }

    /// <summary>Frees what a dead or silent process runs, when its leases end.</summary>
    public void Release(SimProcess process, long delay)
    {
        foreach (SimEntity entity in _entities.Values)
        {
            if (entity.RunBy == process)
            {
                long lease = entity.Lease;
                if (_world.Faults.Fires(SimulatedFault.MessagesInvisible))
                {
                    Hide(entity, _world.Scheduler.Now + _world.Random.Between(5_000, 60_000));
                }

                _world.Scheduler.After(delay, () => Unlock(entity, lease));
            }
        }
    }

    // The order of a sender's messages is kept, so that those behind an invisible one wait for it.
    private void Hide(SimEntity entity, long until)
    {
        foreach (EntityMessage message in entity.Running)
        {
            message.VisibleAt = until;
            if (message.Sender is { } sender)
            {
                entity.VisibleBySender[sender] = Math.Max(until, entity.VisibleBySender.GetValueOrDefault(sender));
                foreach (EntityMessage later in entity.Inbox.Where(each => each.Sender == sender && each.Id > message.Id))
                {
                    later.VisibleAt = Math.Max(until, later.VisibleAt);
                }
            }
        }

        _world.Trace.Add(null, $"{entity.Running.Count} messages of {entity.Name} are invisible until {until}");
        _world.Scheduler.At(until, () => Wake(entity));
    }

    /// <summary>Starts a batch if there is something to do and somebody to do it.</summary>
    public void Wake(SimEntity entity)
    {
        if (entity.RunBy is not null || _world.Processes.Count == 0)
        {
            return;
        }

        List<EntityMessage> batch = Pick(entity);
        if (batch.Count == 0)
        {
            return;
        }

        SimProcess process = _world.Processes[_world.Random.Below(_world.Processes.Count)];
        entity.RunBy = process;
        entity.Running = batch;
        long lease = ++entity.Lease;
        if (_world.Faults.Fires(SimulatedFault.EntityLeaseLost))
        {
            _world.Scheduler.After(_world.Random.Between(1, 40), () => Unlock(entity, lease));
        }

        Run!(process, entity, batch);
    }

    private void Deliver(SimEntity entity, EntityMessage message)
    {
        entity.Inbox.Add(message);
        _world.Scheduler.At(message.VisibleAt, () => Wake(entity));
    }

    /// <summary>Some of what is visible, in any order that keeps each sending entity's.</summary>
    private List<EntityMessage> Pick(SimEntity entity)
    {
        long now = _world.Scheduler.Now;
        entity.Inbox.RemoveAll(message => message.VisibleAt <= now && entity.Processed.Contains(message.Id));
        List<EntityMessage> visible = entity.Inbox.Where(message => message.VisibleAt <= now).ToList();
        List<EntityMessage> order = visible.ToList();
        _world.Random.Shuffle(order);

        // Shuffled places, but each sender's own messages in the order in which it sent them.
        Dictionary<string, Queue<EntityMessage>> queues = visible
            .Where(static message => message.Sender is not null)
            .GroupBy(static message => message.Sender!)
            .ToDictionary(static group => group.Key, static group => new Queue<EntityMessage>(group), StringComparer.Ordinal);
        for (int i = 0; i < order.Count; i++)
        {
            order[i] = order[i].Sender is { } sender ? queues[sender].Dequeue() : order[i];
        }

        int count = Math.Min(order.Count, _world.Random.Between(1, 8));
        return order.GetRange(0, count);
    }
}
