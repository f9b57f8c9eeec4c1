using Millrace.Batches;

namespace Millrace.Runtime;

/// <summary>
/// All input channels of a task, its commands and the one place where it waits. One lock serves a gate: it is taken once per batch, never
/// per record. A channel has a bounded number of batches (its credit); a sender without credit waits, which is how a slow sink slows its
/// source.
/// </summary>
internal sealed class InputGate
{
    private readonly object _lock = new();
    private readonly Channel[] _channels;
    private readonly Queue<TaskCommand> _commands = new();
    private readonly int _capacity;
    private readonly bool _blocking;
    private int _next;
    private int _waitingSenders;
    private bool _receiverWaits;
    private bool _signalled;
    private bool _closed;

    /// <param name="channels">Number of channels.</param>
    /// <param name="capacity">Batches per channel.</param>
    /// <param name="blocking">Whether senders wait for credit; not when one thread runs all tasks in turn.</param>
    public InputGate(int channels, int capacity, bool blocking)
    {
        _capacity = capacity;
        _blocking = blocking;
        _channels = new Channel[channels];
        for (int i = 0; i < channels; i++)
        {
            _channels[i] = new Channel();
        }
    }

    public int Channels => _channels.Length;

    /// <summary>Messages that wait in all channels.</summary>
    public int Backlog
    {
        get
        {
            lock (_lock)
            {
                return _channels.Sum(channel => channel.Messages.Count);
            }
        }
    }

    /// <summary>Takes the next message of a channel that is not blocked, channels in turn.</summary>
    public bool TryTake(out int channel, out ChannelMessage message)
    {
        lock (_lock)
        {
            for (int i = 0; i < _channels.Length; i++)
            {
                int index = _next;
                _next = _next + 1 == _channels.Length ? 0 : _next + 1;
                Channel candidate = _channels[index];
                if (!candidate.Blocked && candidate.Messages.TryDequeue(out message))
                {
                    channel = index;
                    return true;
                }
            }
        }

        channel = -1;
        message = default;
        return false;
    }

    public bool TryTakeCommand(out TaskCommand? command)
    {
        lock (_lock)
        {
            return _commands.TryDequeue(out command);
        }
    }

    /// <summary>Gives a batch's credit back to its sender.</summary>
    public void Return(int channel, RecordBatch batch)
    {
        batch.Clear();
        lock (_lock)
        {
            _channels[channel].Free.Push(batch);
            if (_waitingSenders > 0)
            {
                Monitor.PulseAll(_lock);
            }
        }
    }

    /// <summary>Stops or goes on taking from a channel, for barrier alignment.</summary>
    public void SetBlocked(int channel, bool blocked)
    {
        lock (_lock)
        {
            _channels[channel].Blocked = blocked;
        }
    }

    public void UnblockAll()
    {
        lock (_lock)
        {
            foreach (Channel channel in _channels)
            {
                channel.Blocked = false;
            }
        }
    }

    /// <summary>An empty batch for a sender; waits for credit.</summary>
    /// <exception cref="OperationCanceledException">The task is being torn down.</exception>
    public RecordBatch Rent(int channel, Func<RecordBatch> create)
    {
        lock (_lock)
        {
            Channel target = _channels[channel];
            while (true)
            {
                if (_closed)
                {
                    throw new OperationCanceledException("The receiving task has ended.");
                }

                if (target.Free.TryPop(out RecordBatch? batch))
                {
                    return batch;
                }

                if (target.Allocated < _capacity || !_blocking)
                {
                    target.Allocated++;
                    return create();
                }

                _waitingSenders++;
                Monitor.Wait(_lock);
                _waitingSenders--;
            }
        }
    }

    public void Send(int channel, ChannelMessage message)
    {
        lock (_lock)
        {
            _channels[channel].Messages.Enqueue(message);
            WakeReceiver();
        }
    }

    public void Post(TaskCommand command)
    {
        lock (_lock)
        {
            _commands.Enqueue(command);
            WakeReceiver();
        }
    }

    /// <summary>Wakes the task, for a timer that is due.</summary>
    public void Signal()
    {
        lock (_lock)
        {
            _signalled = true;
            WakeReceiver();
        }
    }

    /// <summary>Waits until a message, command or signal is there or the gate is closed.</summary>
    public void Wait()
    {
        lock (_lock)
        {
            while (!_closed && !_signalled && _commands.Count == 0 && !HasMessage())
            {
                _receiverWaits = true;
                Monitor.Wait(_lock);
                _receiverWaits = false;
            }

            _signalled = false;
        }
    }

    /// <summary>Ends all waits: the run is over.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            Monitor.PulseAll(_lock);
        }
    }

    private bool HasMessage()
    {
        foreach (Channel channel in _channels)
        {
            if (!channel.Blocked && channel.Messages.Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    private void WakeReceiver()
    {
        if (_receiverWaits)
        {
            Monitor.PulseAll(_lock);
        }
    }

    private sealed class Channel
    {
        public Queue<ChannelMessage> Messages { get; } = new();

        public Stack<RecordBatch> Free { get; } = new();

        public int Allocated { get; set; }

        public bool Blocked { get; set; }
    }
}
