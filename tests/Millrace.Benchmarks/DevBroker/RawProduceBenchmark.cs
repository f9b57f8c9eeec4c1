using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>How fast the broker takes in what it gets.</summary>
internal static class RawProduceBenchmark
{
    private const int BatchCount = 1_000;
    private const int Rounds = 5;

    public static async Task RunAsync(string? directory)
    {
        double best = 0.0;
        double allocated = 0.0;
        for (int i = 0; i < Rounds; i++)
        {
            await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory);
            using WireClient client = new(broker.Port);
            byte[] batch = RawLoad.Batch();
            RawLoad.Produce(client, batch, 10);
            long before = GC.GetTotalAllocatedBytes(precise: true);
            long started = TimeProvider.System.GetTimestamp();
            RawLoad.Produce(client, batch, BatchCount);
            best = Math.Max(best, (double)BatchCount * RawLoad.RecordsPerBatch / TimeProvider.System.GetElapsedTime(started).TotalSeconds);
            allocated = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)BatchCount;
        }

        BrokerBenchmarks.Report(
            $"raw produce, {(directory is null ? "memory" : "files")}, 100-byte values",
            $"{best / 1e6:F1} million records/s, {allocated:F0} B allocated per request of {RawLoad.RecordsPerBatch} records (client "
                + "included)"
        );
    }
}
