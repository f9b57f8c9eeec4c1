using System.Collections.Concurrent;
using Millrace.Operators;

namespace Millrace.Durable.Tasks;

/// <summary>Processing time where a host's ticks wake a task: timers that are due run with the next operation.</summary>
internal sealed class DurableProcessingTime(TimeProvider time) : IProcessingTimeService
{
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly PriorityQueue<IProcessingTimeCallback, long> _timers = new();

    public long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Execute(Action action) => _actions.Enqueue(action);

    public void Register(long timestamp, IProcessingTimeCallback callback) => _timers.Enqueue(callback, timestamp);

    public void RunDue()
    {
        while (_actions.TryDequeue(out Action? action))
        {
            action();
        }

        long now = Now;
        while (_timers.TryPeek(out IProcessingTimeCallback? callback, out long due) && due <= now)
        {
            _timers.Dequeue();
            callback.OnProcessingTime(due);
        }
    }
}
