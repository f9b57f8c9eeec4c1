using Millrace.Operators;

namespace Millrace.Tests.Operators;

/// <summary>Processing time that only the test moves.</summary>
internal sealed class ManualTime : IProcessingTimeService
{
    private readonly PriorityQueue<IProcessingTimeCallback, long> _timers = new();

    public long Now { get; private set; }

    public void Execute(Action action) => action();

    public void Register(long timestamp, IProcessingTimeCallback callback) => _timers.Enqueue(callback, timestamp);

    public void AdvanceTo(long now)
    {
        while (_timers.TryPeek(out IProcessingTimeCallback? callback, out long due) && due <= now)
        {
            _timers.Dequeue();
            Now = Math.Max(Now, due);
            callback.OnProcessingTime(due);
        }

        Now = Math.Max(Now, now);
    }
}
