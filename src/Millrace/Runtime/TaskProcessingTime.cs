using Millrace.Operators;

namespace Millrace.Runtime;

/// <summary>Processing-time timers of a task. The clock's timer only wakes the task; callbacks run on the task's thread.</summary>
internal sealed class TaskProcessingTime : IProcessingTimeService, IDisposable
{
    private readonly TimeProvider _time;
    private readonly PriorityQueue<IProcessingTimeCallback, (long Timestamp, long Sequence)> _timers = new();
    private readonly ITimer _alarm;
    private long _sequence;
    private long _armedFor = long.MaxValue;

    public TaskProcessingTime(TimeProvider time, InputGate gate)
    {
        _time = time;
        _alarm = time.CreateTimer(static state => ((InputGate)state!).Signal(), gate, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public long Now => _time.GetUtcNow().ToUnixTimeMilliseconds();

    public void Register(long timestamp, IProcessingTimeCallback callback)
    {
        _timers.Enqueue(callback, (timestamp, _sequence++));
        Arm();
    }

    /// <summary>Runs the callbacks that are due.</summary>
    public bool RunDue()
    {
        if (_timers.Count == 0)
        {
            return false;
        }

        long now = Now;
        bool any = false;
        while (_timers.TryPeek(out IProcessingTimeCallback? callback, out (long Timestamp, long Sequence) due) && due.Timestamp <= now)
        {
            _timers.Dequeue();
            _armedFor = long.MaxValue;
            callback.OnProcessingTime(due.Timestamp);
            any = true;
        }

        if (any)
        {
            Arm();
        }

        return any;
    }

    public void Dispose() => _alarm.Dispose();

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
