namespace Millrace.Embedded.Commands;

/// <summary>
/// How late a thread runs that does nothing but wait (after Tene's jHiccup): what the machine, its other processes and the garbage
/// collector add to every latency, whatever the job does. A stall counts once for every millisecond of it, as the records do that were due
/// meanwhile.
/// </summary>
internal sealed class HiccupMeter : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(1);

    private readonly ManualResetEventSlim _stopped = new();
    private readonly LatencyHistogram _late = new();
    private readonly Thread _thread;

    public HiccupMeter()
    {
        _thread = new Thread(Watch) { IsBackground = true, Name = "hiccups" };
        _thread.Start();
    }

    /// <summary>Ends the measurement.</summary>
    public LatencyHistogram Stop()
    {
        _stopped.Set();
        _thread.Join();
        return _late;
    }

    public void Dispose()
    {
        _stopped.Set();
        _thread.Join();
        _stopped.Dispose();
    }

    private void Watch()
    {
        while (true)
        {
            long before = TimeProvider.System.GetTimestamp();
            if (_stopped.Wait(Period))
            {
                return;
            }

            for (TimeSpan late = TimeProvider.System.GetElapsedTime(before) - Period; late > TimeSpan.Zero; late -= Period)
            {
                _late.Add((long)late.TotalMicroseconds);
            }
        }
    }
}
