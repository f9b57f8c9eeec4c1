using System.Collections.Concurrent;
using Millrace.Operators;

namespace Millrace.Runtime;

/// <summary>Processing-time timers of a task. The clock's timer only wakes the task; callbacks run on the task's thread.</summary>
internal sealed class TaskProcessingTime : IProcessingTimeService, IDisposable
{
    private readonly TimeProvider _time;
    private readonly PriorityQueue<IProcessingTimeCallback, (long Timestamp, long Sequence)> _timers = new();
    private readonly ConcurrentQueue<Action> _actions = new();
    private readonly InputGate _gate;
    private readonly ITimer _alarm;
    private long _sequence;
    private long _armedFor = long.MaxValue;
    private volatile bool _rang;

    public TaskProcessingTime(TimeProvider time, InputGate gate)
    {
        _time = time;
        _gate = gate;
        _alarm = time.CreateTimer(
            static state => ((TaskProcessingTime)state!).Ring(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Register(long timestamp, IProcessingTimeCallback callback)
    {
        _timers.Enqueue(callback, (timestamp, _sequence++));
        Arm();
    }

    public void Execute(Action action)
    {
        _actions.Enqueue(action);
        _gate.Signal();
    }

    /// <summary>Runs the callbacks that are due, and posted actions.</summary>
    public bool RunDue()
    {
        bool any = false;
        while (_actions.TryDequeue(out Action? action))
        {
            any = true;
            action();
        }

        if (_timers.Count == 0)
        {
            return any;
        }

        if (_rang)
        {
            // Whatever the clock says now: a clock that has stepped back has to be waited for once more.
            _rang = false;
            _armedFor = long.MaxValue;
        }

        long now = Now;
        while (_timers.TryPeek(out IProcessingTimeCallback? callback, out (long Timestamp, long Sequence) due) && due.Timestamp <= now)
        {
            _timers.Dequeue();
            _armedFor = long.MaxValue;
            callback.OnProcessingTime(due.Timestamp);
            any = true;
        }

        Arm();
        return any;
    }

    public void Dispose() => _alarm.Dispose();

    private void Ring()
    {
        _rang = true;
        _gate.Signal();
    }

    private void Arm()
    {
        if (_timers.TryPeek(out _, out (long Timestamp, long Sequence) due) && due.Timestamp < _armedFor)
        {
            _armedFor = due.Timestamp;
            double wait = Math.Clamp((double)due.Timestamp - Now, 0, int.MaxValue);
            _alarm.Change(TimeSpan.FromMilliseconds(wait), Timeout.InfiniteTimeSpan);
        }
    }
}
