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
        await using Millrace.DevBroker.DevBroker broker = await BrokerBenchmarks.StartAsync(directory);
        string? version = Marshal.PtrToStringUTF8(RdKafka.Version());
        string where = directory is null ? "memory" : "files";
        long started = TimeProvider.System.GetTimestamp();
        Produce(broker.BootstrapServers);
        Report($"librdkafka {version} in, {where}", started);
        started = TimeProvider.System.GetTimestamp();
        Consume(broker.BootstrapServers);
        Report($"librdkafka {version} out, {where}", started);
    }

    private static void Report(string what, long started) =>
        BrokerBenchmarks.Report(
            what,
            $"{Records / TimeProvider.System.GetElapsedTime(started).TotalSeconds / 1e6:F2} million records/s of {ValueBytes} bytes"
        );

    private static unsafe void Produce(string servers)
    {
        nint client = Client(
            Producer,
            servers,
            ("linger.ms", "5"),
            ("batch.size", "1000000"),
            ("batch.num.messages", "10000"),
            ("queue.buffering.max.messages", "500000")
        );
        nint topic = RdKafka.NewTopic(client, "bench", 0);
        byte* value = stackalloc byte[ValueBytes];
        RdKafka.Message* messages = stackalloc RdKafka.Message[BatchSize];
        int sent = 0;
        while (sent < Records)
        {
            for (int i = 0; i < BatchSize; i++)
            {
                messages[i] = new RdKafka.Message { Payload = value, Length = ValueBytes };
            }

            int accepted = RdKafka.ProduceBatch(topic, 0, CopyPayload, messages, BatchSize);
            sent += accepted;
            if (accepted == BatchSize)
            {
                continue;
            }

            if (messages[accepted].Error != QueueFull)
            {
                throw new InvalidOperationException($"Producing failed with {messages[accepted].Error}.");
            }

            _ = RdKafka.Poll(client, 1);
        }

        if (RdKafka.Flush(client, 60_000) != 0)
        {
            throw new TimeoutException("Not everything was acknowledged within a minute.");
        }

        RdKafka.DestroyTopic(topic);
        RdKafka.DestroyClient(client);
    }

    private static unsafe void Consume(string servers)
    {
        nint client = Client(
            Consumer,
            servers,
            ("group.id", "bench"),
            ("queued.min.messages", "1000000"),
            ("fetch.message.max.bytes", "8000000"),
            ("fetch.wait.max.ms", "10")
        );
        nint topic = RdKafka.NewTopic(client, "bench", 0);
        if (RdKafka.ConsumeStart(topic, 0, 0) != 0)
        {
            throw new InvalidOperationException("Consuming could not start.");
        }

        nint* messages = stackalloc nint[BatchSize];
        int received = 0;
        while (received < Records)
        {
            int count = (int)RdKafka.ConsumeBatch(topic, 0, 1_000, messages, BatchSize);
            for (int i = 0; i < count; i++)
            {
                if (((RdKafka.Message*)messages[i])->Error == 0)
                {
                    received++;
                }

                RdKafka.DestroyMessage(messages[i]);
            }
        }

        _ = RdKafka.ConsumeStop(topic, 0);
        RdKafka.DestroyTopic(topic);
        RdKafka.DestroyClient(client);
    }

    private static unsafe nint Client(int type, string servers, params (string Name, string Value)[] settings)
    {
        byte* error = stackalloc byte[256];
        nint config = RdKafka.NewConfig();
        foreach ((string name, string value) in settings.Prepend(("bootstrap.servers", servers)))
        {
            if (RdKafka.SetConfig(config, name, value, error, 256) != 0)
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"{name}={value}: {Marshal.PtrToStringUTF8((nint)error)}")
                );
            }
        }

        nint client = RdKafka.NewClient(type, config, error, 256);
        return client != 0 ? client : throw new InvalidOperationException(Marshal.PtrToStringUTF8((nint)error));
    }
}
