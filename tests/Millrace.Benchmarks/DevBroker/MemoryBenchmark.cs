using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>Writes 10 GB to disk and reads them, and watches the memory of the process (the client's is in it).</summary>
internal static class MemoryBenchmark
{
    private const long TotalBytes = 10L << 30;
    private const int Steps = 10;

    public static async Task RunAsync(string? directory)
    {
        directory ??= Path.Combine(Path.GetTempPath(), $"millrace-memory-{Environment.ProcessId}");
        try
        {
            await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory);
            using WireClient client = new(broker.Port);
            byte[] batch = RawLoad.Batch();
            int perStep = (int)(TotalBytes / Steps / batch.Length);
            for (int step = 1; step <= Steps; step++)
            {
                RawLoad.Produce(client, batch, perStep);
                BrokerBenchmarks.Report(
                    $"written {step * (double)perStep * batch.Length / (1L << 30):F1} GB",
                    $"working set {Environment.WorkingSet >> 20} MB, managed heap {GC.GetTotalMemory(false) >> 20} MB"
                );
            }

            long started = TimeProvider.System.GetTimestamp();
            long read = RawLoad.Fetch(client, (long)Steps * perStep * RawLoad.RecordsPerBatch);
            BrokerBenchmarks.Report(
                $"read {read / (double)(1L << 30):F1} GB",
                $"{read / TimeProvider.System.GetElapsedTime(started).TotalSeconds / 1e6:F0} MB/s, working set "
                    + $"{Environment.WorkingSet >> 20} MB, managed heap {GC.GetTotalMemory(false) >> 20} MB"
            );
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
