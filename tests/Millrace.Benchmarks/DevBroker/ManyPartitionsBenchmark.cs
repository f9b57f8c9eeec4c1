using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>A topic of 5,000 partitions: create it, write to each, read each, start again.</summary>
internal static class ManyPartitionsBenchmark
{
    private const int Partitions = 5_000;

    public static async Task RunAsync(string? directory)
    {
        directory ??= Path.Combine(Path.GetTempPath(), $"millrace-partitions-{Environment.ProcessId}");
        byte[] batch = RecordBatches.Of(new string('x', 100));
        try
        {
            long started = TimeProvider.System.GetTimestamp();
            await using (Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory, Partitions))
            {
                BrokerBenchmarks.Report($"{Partitions} partitions, start with creation", $"{Elapsed(started):F0} ms");
                using WireClient client = new(broker.Port);
                started = TimeProvider.System.GetTimestamp();
                for (int p = 0; p < Partitions; p++)
                {
                    RawLoad.Produce(client, batch, 1, p);
                }

                BrokerBenchmarks.Report($"{Partitions} partitions, one record to each", $"{Elapsed(started):F0} ms");
                started = TimeProvider.System.GetTimestamp();
                for (int p = 0; p < Partitions; p++)
                {
                    RawLoad.Fetch(client, 1, p);
                }

                BrokerBenchmarks.Report(
                    $"{Partitions} partitions, one fetch from each",
                    $"{Elapsed(started):F0} ms, {Directory.GetFiles("/proc/self/fd").Length} open files, working set "
                        + $"{Environment.WorkingSet >> 20} MB"
                );
            }

            started = TimeProvider.System.GetTimestamp();
            await using Millrace.DevBroker.DevBroker again = await Millrace.DevBroker.DevBroker.StartAsync(new() { Directory = directory });
            BrokerBenchmarks.Report($"{Partitions} partitions, start again", $"{Elapsed(started):F0} ms");
            using WireClient reader = new(again.Port);
            started = TimeProvider.System.GetTimestamp();
            for (int p = 0; p < Partitions; p++)
            {
                RawLoad.Fetch(reader, 1, p);
            }

            BrokerBenchmarks.Report($"{Partitions} partitions, first fetch from each", $"{Elapsed(started):F0} ms");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double Elapsed(long started) => TimeProvider.System.GetElapsedTime(started).TotalMilliseconds;
}
