namespace Millrace.Runtime;

/// <summary>Counters of one task; written by its thread, read by anyone.</summary>
internal sealed class TaskMetrics
{
    private long _received;
    private long _sent;
    private long _watermark = long.MinValue;
    private long _busyTicks;
    private long _idleTicks;

    public long Received => Volatile.Read(ref _received);

    public long Sent => Volatile.Read(ref _sent);

    /// <summary>The task's watermark in milliseconds; <see cref="long.MinValue"/> before the first.</summary>
    public long Watermark
    {
        get => Volatile.Read(ref _watermark);
        set => Volatile.Write(ref _watermark, value);
    }

    public long BusyTicks => Volatile.Read(ref _busyTicks);

    public long IdleTicks => Volatile.Read(ref _idleTicks);

    public void AddReceived(int records) => Volatile.Write(ref _received, _received + records);

    public void AddSent(int records) => Volatile.Write(ref _sent, _sent + records);

    public void AddBusy(long ticks) => Volatile.Write(ref _busyTicks, _busyTicks + ticks);

    public void AddIdle(long ticks) => Volatile.Write(ref _idleTicks, _idleTicks + ticks);
}
