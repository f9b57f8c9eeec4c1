namespace Millrace.Testing.Simulation;

/// <summary>Virtual time, in milliseconds, and what is to happen in it. One thread; equal times in the order of scheduling.</summary>
internal sealed class SimScheduler
{
    private readonly PriorityQueue<Action, (long Time, long Order)> _events = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private long _order;

    public long Now { get; private set; }

    public long Steps { get; private set; }

    public void At(long time, Action action)
    {
        if (Environment.CurrentManagedThreadId != _thread)
        {
            throw new InvalidOperationException("Something has left the simulation's thread; the product may only do so by its Execution.");
        }

        _events.Enqueue(action, (Math.Max(time, Now), _order++));
    }

    public void After(long delay, Action action) => At(Now + delay, action);

    public bool Step()
    {
        if (!_events.TryDequeue(out Action? action, out (long Time, long Order) when))
        {
            return false;
        }

        Now = when.Time;
        Steps++;
        action();
        return true;
    }
}
