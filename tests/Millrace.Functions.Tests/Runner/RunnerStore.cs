using Microsoft.DurableTask.Entities;

namespace Millrace.Functions.Tests.Runner;

/// <summary>What outlives app instances: entities' states and inboxes. Client signals come in any order and sometimes twice.</summary>
internal sealed class RunnerStore(int seed)
{
    private readonly Lock _lock = new();
    private readonly Random _random = new(seed);
    private readonly Dictionary<EntityInstanceId, Entry> _entities = [];
    private readonly Dictionary<string, long> _signals = new(StringComparer.Ordinal);
    private long _nextId;

    /// <summary>Characters of the largest state that an entity stored.</summary>
    public int LargestState { get; private set; }

    public bool DuplicatesSignals { get; set; }

    /// <summary>Whether every signal has been taken.</summary>
    public bool IsIdle
    {
        get
        {
            lock (_lock)
            {
                return _entities.Values.All(entry => !entry.IsRunning && entry.Inbox.Count == 0);
            }
        }
    }

    /// <summary>Signals so far by operation, from clients and entities; starts of orchestrations too.</summary>
    public IReadOnlyDictionary<string, long> Signals()
    {
        lock (_lock)
        {
            return new Dictionary<string, long>(_signals, StringComparer.Ordinal);
        }
    }

    public void Signal(EntityInstanceId target, string operation, string? input)
    {
        lock (_lock)
        {
            Count(operation);
            List<RunnerMessage> inbox = EntryOf(target).Inbox;
            for (int copies = DuplicatesSignals && _random.Next(5) == 0 ? 2 : 1; copies > 0; copies--)
            {
                // Not behind its own predecessors: clients' signals are not ordered. Entities' messages are, so they go to the end.
                int at = DuplicatesSignals ? _random.Next(Math.Max(0, inbox.Count - 3), inbox.Count + 1) : inbox.Count;
                inbox.Insert(Math.Max(at, EntryOf(target).Ordered(inbox)), new RunnerMessage(_nextId++, target, operation, input));
            }
        }
    }

    public void Enqueue(IEnumerable<RunnerMessage> messages)
    {
        lock (_lock)
        {
            foreach (RunnerMessage message in messages)
            {
                Count(message.Operation);
                Entry entry = EntryOf(message.Target);
                entry.Inbox.Add(message with { Id = _nextId++ });
                entry.LastOrdered = _nextId - 1;
            }
        }
    }

    /// <summary>A batch of an entity that nobody runs; a null lease when there is none.</summary>
    public (EntityInstanceId Id, string? State, long ETag, RunnerMessage[] Batch)? Take(int maxBatch)
    {
        lock (_lock)
        {
            Entry[] ready = [.. _entities.Values.Where(entry => !entry.IsRunning && entry.Inbox.Count > 0)];
            if (ready.Length == 0)
            {
                return null;
            }

            Entry entry = ready[_random.Next(ready.Length)];
            entry.IsRunning = true;
            return (entry.Id, entry.State, entry.ETag, [.. entry.Inbox.Take(maxBatch)]);
        }
    }

    /// <summary>Saves a batch's state if nobody else has meanwhile.</summary>
    public bool Save(EntityInstanceId id, long etag, string? state)
    {
        lock (_lock)
        {
            Entry entry = EntryOf(id);
            if (entry.ETag != etag)
            {
                return false;
            }

            (entry.State, entry.ETag) = (state, etag + 1);
            LargestState = Math.Max(LargestState, state?.Length ?? 0);
            return true;
        }
    }

    public void Delete(EntityInstanceId id, IReadOnlyList<RunnerMessage> batch)
    {
        lock (_lock)
        {
            HashSet<long> ids = [.. batch.Select(message => message.Id)];
            EntryOf(id).Inbox.RemoveAll(message => ids.Contains(message.Id));
        }
    }

    public void Release(EntityInstanceId id)
    {
        lock (_lock)
        {
            EntryOf(id).IsRunning = false;
        }
    }

    public string? StateOf(EntityInstanceId id)
    {
        lock (_lock)
        {
            return EntryOf(id).State;
        }
    }

    private void Count(string operation) => _signals[operation] = _signals.GetValueOrDefault(operation) + 1;

    private Entry EntryOf(EntityInstanceId id)
    {
        if (!_entities.TryGetValue(id, out Entry? entry))
        {
            _entities.Add(id, entry = new Entry(id));
        }

        return entry;
    }

    private sealed class Entry(EntityInstanceId id)
    {
        public EntityInstanceId Id { get; } = id;

        public List<RunnerMessage> Inbox { get; } = [];

        public string? State { get; set; }

        public long ETag { get; set; }

        public bool IsRunning { get; set; }

        public long LastOrdered { get; set; } = -1;

        // Messages of a batch under way keep their places, and so do those of entities.
        public int Ordered(List<RunnerMessage> inbox) => inbox.FindLastIndex(message => message.Id <= LastOrdered) + 1;
    }
}
