using System.Globalization;
using System.Runtime.InteropServices;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>Records in and out through librdkafka's batch calls, client and broker in one process on one machine.</summary>
internal static class LibrdkafkaBenchmark
{
    private const int Producer = 0;
    private const int Consumer = 1;
    private const int CopyPayload = 2;
    private const int QueueFull = -184;
    private const int Records = 5_000_000;
    private const int BatchSize = 1_000;
    private const int ValueBytes = 100;

    public static async Task RunAsync(string? directory)
    {
        await using var broker = await BrokerBenchmarks.StartAsync(directory);
        var version = Marshal.PtrToStringUTF8(RdKafka.Version());
        var where = directory is null ? "memory" : "files";
        var started = TimeProvider.System.GetTimestamp();
        Produce(broker.BootstrapServers);
        Report($"librdkafka {version} in, {where}", started);
        started = TimeProvider.System.GetTimestamp();
        Consume(broker.BootstrapServers);
        Report($"librdkafka {version} out, {where}", started);
    }

    private static void Report(string what, long started) =>
        BrokerBenchmarks.Report(what, $"{Records / TimeProvider.System.GetElapsedTime(started).TotalSeconds / 1e6:F2} million records/s of {ValueBytes} bytes");

    private static unsafe void Produce(string servers)
    {
        var client = Client(Producer, servers, ("linger.ms", "5"), ("batch.size", "1000000"), ("batch.num.messages", "10000"), ("queue.buffering.max.messages", "500000"));
        var topic = RdKafka.NewTopic(client, "bench", 0);
        var value = stackalloc byte[ValueBytes];
        var messages = stackalloc RdKafka.Message[BatchSize];
        for (var sent = 0; sent < Records;)
        {
            for (var i = 0; i < BatchSize; i++) messages[i] = new RdKafka.Message { Payload = value, Length = ValueBytes };
            var accepted = RdKafka.ProduceBatch(topic, 0, CopyPayload, messages, BatchSize);
            sent += accepted;
            if (accepted == BatchSize) continue;
            if (messages[accepted].Error != QueueFull) throw new InvalidOperationException($"Producing failed with {messages[accepted].Error}.");
            _ = RdKafka.Poll(client, 1);
        }

        if (RdKafka.Flush(client, 60_000) != 0) throw new TimeoutException("Not everything was acknowledged within a minute.");
        RdKafka.DestroyTopic(topic);
        RdKafka.DestroyClient(client);
    }

    private static unsafe void Consume(string servers)
    {
        var client = Client(
            Consumer, servers, ("group.id", "bench"), ("queued.min.messages", "1000000"), ("fetch.message.max.bytes", "8000000"), ("fetch.wait.max.ms", "10"));
        var topic = RdKafka.NewTopic(client, "bench", 0);
        if (RdKafka.ConsumeStart(topic, 0, 0) != 0) throw new InvalidOperationException("Consuming could not start.");
        var messages = stackalloc nint[BatchSize];
        for (var received = 0; received < Records;)
        {
            var count = (int)RdKafka.ConsumeBatch(topic, 0, 1_000, messages, BatchSize);
            for (var i = 0; i < count; i++)
            {
                if (((RdKafka.Message*)messages[i])->Error == 0) received++;
                RdKafka.DestroyMessage(messages[i]);
            }
        }

        _ = RdKafka.ConsumeStop(topic, 0);
        RdKafka.DestroyTopic(topic);
        RdKafka.DestroyClient(client);
    }

    private static unsafe nint Client(int type, string servers, params (string Name, string Value)[] settings)
    {
        var error = stackalloc byte[256];
        var config = RdKafka.NewConfig();
        foreach (var (name, value) in settings.Prepend(("bootstrap.servers", servers)))
        {
            if (RdKafka.SetConfig(config, name, value, error, 256) != 0)
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name}={value}: {Marshal.PtrToStringUTF8((nint)error)}"));
        }

        var client = RdKafka.NewClient(type, config, error, 256);
        return client != 0 ? client : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
    }
}
