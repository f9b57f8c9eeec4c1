using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>How fast the broker gives out what it has.</summary>
internal static class RawFetchBenchmark
{
    private const int BatchCount = 2_000;
    private const int Rounds = 5;

    public static async Task RunAsync(string? directory)
    {
        await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory);
        using WireClient client = new(broker.Port);
        RawLoad.Produce(client, RawLoad.Batch(), BatchCount);
        const long records = (long)BatchCount * RawLoad.RecordsPerBatch;
        double best = 0.0;
        long bytes = 0;
        for (int i = 0; i < Rounds; i++)
        {
            long started = TimeProvider.System.GetTimestamp();
            bytes = RawLoad.Fetch(client, records);
            best = Math.Max(best, records / TimeProvider.System.GetElapsedTime(started).TotalSeconds);
        }

        BrokerBenchmarks.Report(
            $"raw fetch, {(directory is null ? "memory" : "files")}, 100-byte values",
            $"{best / 1e6:F1} million records/s, {best * bytes / records / 1e9:F1} GB/s"
        );
    }
}
