namespace Millrace.Benchmarks.Functions;

/// <summary>CPU time of the whole process and bytes allocated, summed over the stretches that belong to one part of the work.</summary>
internal sealed class Cost
{
    private TimeSpan _cpu;
    private long _allocated;

    public double CpuSeconds => _cpu.TotalSeconds;

    public long AllocatedBytes => _allocated;

    public async Task AddAsync(Func<Task> work)
    {
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        await work();
        _allocated += GC.GetTotalAllocatedBytes(precise: true) - allocated;
        _cpu += Environment.CpuUsage.TotalTime - cpu;
    }
}
