using Millrace.Durable.Tasks;

namespace Millrace.Durable.Hosting;

/// <summary>
/// What a process keeps of keyed tasks between their batches, so that the next one need not restore it: those that were used last, as far
/// as they fit. Who takes one has it alone. Thread-safe.
/// </summary>
/// <param name="maxBytes">Bytes of state in all, as it is written.</param>
internal sealed class WarmTasks(long maxBytes) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, WarmTask Task)>> _byKey = new(StringComparer.Ordinal);

    // Last used first.
    private readonly LinkedList<(string Key, WarmTask Task)> _tasks = [];
    private long _bytes;
    private bool _isDisposed;

    /// <summary>Number of tasks that are kept.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _tasks.Count;
            }
        }
    }

    /// <summary>Takes what is kept of a task, if anything is.</summary>
    public WarmTask? Take(string key)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(key, out LinkedListNode<(string Key, WarmTask Task)>? node))
            {
                return null;
            }

            Remove(node);
            return node.Value.Task;
        }
    }

    /// <summary>Keeps a task as it was saved last, instead of what is kept of it.</summary>
    public void Put(string key, WarmTask task)
    {
        List<WarmTask> givenUp = [];
        lock (_lock)
        {
            if (_byKey.TryGetValue(key, out LinkedListNode<(string Key, WarmTask Task)>? before))
            {
                givenUp.Add(before.Value.Task);
                Remove(before);
            }

            if (_isDisposed || task.Bytes > maxBytes)
            {
                givenUp.Add(task);
            }
            else
            {
                _byKey.Add(key, _tasks.AddFirst((key, task)));
                _bytes += task.Bytes;
            }

            while (_bytes > maxBytes)
            {
                givenUp.Add(_tasks.Last!.Value.Task);
                Remove(_tasks.Last);
            }
        }

        givenUp.ForEach(each => each.Dispose());
    }

    /// <summary>Gives up what belongs to a host.</summary>
    public void Forget(DurableJobHost host) => GiveUp(task => ReferenceEquals(task.Host, host));

    public void Dispose()
    {
        lock (_lock)
        {
            _isDisposed = true;
        }

        GiveUp(static _ => true);
    }

    private void GiveUp(Predicate<WarmTask> isMeant)
    {
        List<WarmTask> givenUp = [];
        lock (_lock)
        {
            for (LinkedListNode<(string Key, WarmTask Task)>? node = _tasks.First, next; node is not null; node = next)
            {
                next = node.Next;
                if (isMeant(node.Value.Task))
                {
                    givenUp.Add(node.Value.Task);
                    Remove(node);
                }
            }
        }

        givenUp.ForEach(each => each.Dispose());
    }

    private void Remove(LinkedListNode<(string Key, WarmTask Task)> node)
    {
        _tasks.Remove(node);
        _byKey.Remove(node.Value.Key);
        _bytes -= node.Value.Task.Bytes;
    }
}

/// <summary>A keyed task's operators and state as they were saved.</summary>
/// <param name="Host">Whose they are.</param>
/// <param name="Logic">The operators, with their state.</param>
/// <param name="Head">The bytes of the saved state that are not the logic's parts.</param>
/// <param name="Stamp">The saved state's.</param>
internal sealed record WarmTask(DurableJobHost Host, DurableTaskLogic Logic, ReadOnlyMemory<byte> Head, Guid Stamp) : IDisposable
{
    /// <summary>Bytes of the state, as it is written.</summary>
    public long Bytes { get; } = Head.Length + Logic.PartBytes;

    public void Dispose()
    {
        try
        {
            Logic.Dispose();
        }
        catch (AggregateException exception)
        {
            // Nobody is waiting for it any more.
            Log.NotClosed(Host.Job.Logger, exception, Host.Job.Name);
        }
    }
}
