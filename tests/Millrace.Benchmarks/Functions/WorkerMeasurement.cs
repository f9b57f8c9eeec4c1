using System.Globalization;

namespace Millrace.Benchmarks.Functions;

/// <summary>What a run cost.</summary>
internal sealed class WorkerMeasurement
{
    private readonly int[] _messages;

    public WorkerMeasurement(int records, Cost source, Cost entity, MemoryEntities entities, double ledgerTransactions)
    {
        SourceRate = records / source.CpuSeconds;
        EntityRate = records / entity.CpuSeconds;
        BothRate = records / (source.CpuSeconds + entity.CpuSeconds);
        SourceAllocated = (double)source.AllocatedBytes / records;
        EntityAllocated = (double)entity.AllocatedBytes / records;
        _messages = [.. entities.MessageSizes.Order()];
        SignalBytes = _messages.Sum(size => (long)size) / (double)records;
        Operations = entities.Operations * 1000.0 / records;
        LedgerTransactions = ledgerTransactions;
        LargestState = entities.LargestState;
    }

    public double SourceRate { get; }

    public double EntityRate { get; }

    public double BothRate { get; }

    public double SourceAllocated { get; }

    public double EntityAllocated { get; }

    public double SignalBytes { get; }

    public double Operations { get; }

    public double LedgerTransactions { get; }

    public int LargestState { get; }

    public static WorkerMeasurement Median(IEnumerable<WorkerMeasurement> runs)
    {
        WorkerMeasurement[] sorted = [.. runs.OrderBy(run => run.BothRate)];
        return sorted[sorted.Length / 2];
    }

    public override string ToString() =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{SourceRate / 1e3:F0} | {EntityRate / 1e3:F0} | {BothRate / 1e3:F0} | {SourceAllocated:F0} | {EntityAllocated:F0} | "
                + $"{_messages[_messages.Length / 2] / 1024.0:F1}, {_messages[^1] / 1024.0:F1} | {SignalBytes:F1} | {Operations:F2} | "
                + $"{LedgerTransactions:F2} | {LargestState / 1024.0:F0}"
        );
}
