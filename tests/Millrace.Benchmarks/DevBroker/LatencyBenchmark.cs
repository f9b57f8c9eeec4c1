using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>From the send of a record to its arrival at a consumer that waits in a long poll, on an otherwise idle broker.</summary>
internal static class LatencyBenchmark
{
    private const int Count = 2_000;
    private const int WarmUp = 200;
    private const short Version = 12;

    public static async Task RunAsync(string? directory)
    {
        await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory);
        using WireClient producer = new(broker.Port);
        using WireClient consumer = new(broker.Port);
        byte[] batch = RecordBatches.Of(new string('x', 100));
        List<double> times = new();
        for (int i = 0; i < Count + WarmUp; i++)
        {
            consumer.Post(
                new Fetch.Request
                {
                    MaxWaitMs = 5_000,
                    MinBytes = 1,
                    MaxBytes = 1 << 20,
                    Topics =
                    [
                        new Fetch.Topic<Fetch.Partition>
                        {
                            Name = "bench",
                            Partitions =
                            [
                                new Fetch.Partition
                                {
                                    FetchOffset = i,
                                    MaxBytes = 1 << 20,
                                    CurrentLeaderEpoch = -1,
                                },
                            ],
                        },
                    ],
                },
                Version
            );
            long started = TimeProvider.System.GetTimestamp();
            RawLoad.Produce(producer, batch, 1);
            Memory<byte> records = consumer.Receive<Fetch.Request, Fetch.Response>(Version).Topics![0].Partitions![0].Records.Bytes!.Value;
            if (records.Length == 0)
            {
                throw new InvalidOperationException("The long poll came back with nothing.");
            }

            if (i >= WarmUp)
            {
                times.Add(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        times.Sort();
        BrokerBenchmarks.Report(
            "idle produce to consume",
            $"p50 {times[Count / 2]:F2} ms, p99 {times[Count * 99 / 100]:F2} ms, max {times[^1]:F2} ms"
        );
    }
}
