using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Api;
using Millrace.DevBroker;
using Millrace.Kafka;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Runtime;

namespace Millrace.Benchmarks.Kafka;

/// <summary>
/// What our binding to librdkafka costs, and what the engine makes of it: <c>kafka [records] [bytes] [bootstrap servers]</c>.
/// Without servers a development broker runs in this process, so that client and broker share the cores.
/// </summary>
internal static class KafkaBenchmarks
{
    private const int Partitions = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    internal static async Task<int> RunAsync(string[] args)
    {
        int records = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 2_000_000;
        int size = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        await using Millrace.DevBroker.DevBroker? broker =
            args.Length > 2 ? null : await Millrace.DevBroker.DevBroker.StartAsync(Options());
        string servers = args.Length > 2 ? args[2] : broker!.BootstrapServers;
        Console.WriteLine(
            $"librdkafka {System.Runtime.InteropServices.Marshal.PtrToStringUTF8(NativeMethods.rd_kafka_version_str())}, {records:N0} "
                + $"records of {size} bytes, {Partitions} partitions"
        );

        Report("produce, one by one with timestamp", Produce(servers, "warm", records / 10, size, batched: false));
        Report("produce, one by one with timestamp", Produce(servers, "in", records, size, batched: false));
        Report("produce, in batches", Produce(servers, "batched", records, size, batched: true));
        Report("consume", Consume(servers, "in", records));
        double bare = Report("consume and produce, bare loop", Copy(servers, "in", "copy", records));
        double job = Report(
            "Kafka -> map -> Kafka, job (bytes)",
            await JobAsync(
                servers,
                records,
                DeliveryGuarantee.AtLeastOnce,
                "job-bytes",
                static value => value,
                RawBytesSchema.Instance,
                RawBytesSchema.Instance
            )
        );
        double text = Report(
            "Kafka -> upper case -> Kafka, job",
            await JobAsync(
                servers,
                records,
                DeliveryGuarantee.AtLeastOnce,
                "job-text",
                static value => value.ToUpperInvariant(),
                SimpleStringSchema.Instance,
                SimpleStringSchema.Instance
            )
        );
        double exact = Report(
            "the same, exactly once",
            await JobAsync(
                servers,
                records,
                DeliveryGuarantee.ExactlyOnce,
                "job-exact",
                static value => value.ToUpperInvariant(),
                SimpleStringSchema.Instance,
                SimpleStringSchema.Instance
            )
        );
        Console.WriteLine(
            $"jobs against the bare loop: bytes {job / bare:P0}, upper case {text / bare:P0}, exactly once {exact / bare:P0}"
        );
        return 0;
    }

    private static DevBrokerOptions Options()
    {
        DevBrokerOptions options = new() { DefaultPartitions = Partitions };
        foreach (string topic in new[] { "warm", "in", "batched", "copy", "job-bytes", "job-text", "job-exact" })
        {
            options.Topics[topic] = Partitions;
        }

        return options;
    }

    private static double Report(string what, (int Records, TimeSpan Time, double BytesPerRecord) result)
    {
        double rate = result.Records / result.Time.TotalSeconds;
        string allocated =
            result.BytesPerRecord < 0 ? "" : string.Format(CultureInfo.CurrentCulture, "{0,8:F2} B/record", result.BytesPerRecord);
        Console.WriteLine("{0,-40} {1,8:N0} krec/s {2}", what, rate / 1000, allocated);
        return rate;
    }

    private static RawProducer Producer(string servers) =>
        new(
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["bootstrap.servers"] = servers,
                ["enable.idempotence"] = "true",
                ["queue.buffering.max.messages"] = "500000",
                ["queue.buffering.max.kbytes"] = "131072",
            },
            NullLogger.Instance,
            TimeProvider.System
        );

    private static unsafe (int Records, TimeSpan Time, double BytesPerRecord) Produce(
        string servers,
        string topicName,
        int records,
        int size,
        bool batched
    )
    {
        const int Batch = 1000;
        using RawProducer producer = Producer(servers);
        ProducerTopic topic = producer.Topic(topicName);
        byte[] value = GC.AllocateArray<byte>(size, pinned: true);
        value.AsSpan().Fill((byte)'a');
        RdKafkaMessage[] messages = new RdKafkaMessage[Batch];
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = TimeProvider.System.GetTimestamp();
        for (int i = 0; i < records; i += Batch)
        {
            if (batched)
            {
                fixed (byte* pointer = value)
                {
                    for (int j = 0; j < Batch; j++)
                    {
                        messages[j] = new RdKafkaMessage
                        {
                            Value = pointer,
                            ValueLength = (nuint)size,
                            Partition = i / Batch % Partitions,
                        };
                    }

                    producer.ProduceBatch(topic, messages, CancellationToken.None);
                }
            }
            else
            {
                for (int j = 0; j < Batch; j++)
                {
                    producer.Produce(
                        topic,
                        i / Batch % Partitions,
                        default,
                        false,
                        value,
                        false,
                        1_700_000_000_000 + i + j,
                        0,
                        CancellationToken.None
                    );
                }

                producer.Poll();
            }
        }

        producer.Flush(Limit, CancellationToken.None);
        return (records, TimeProvider.System.GetElapsedTime(start), (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / records);
    }

    private static RawConsumer Consumer(string servers, string topic)
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = servers,
            ["group.id"] = "benchmark",
            ["enable.auto.commit"] = "false",
            ["queued.min.messages"] = "200000",
        };
        if (NativeMethods.rd_kafka_version() >= 0x02020000)
        {
            properties["fetch.queue.backoff.ms"] = "10";
        }

        RawConsumer consumer = new(properties, NullLogger.Instance);
        using TopicPartitionList all = TopicPartitionList.Create(Partitions);
        for (int i = 0; i < Partitions; i++)
        {
            all.Add(topic, i, LogicalOffset.Beginning);
        }

        _ = OffsetQueries.PartitionCount(consumer.Client, topic, Limit);
        consumer.Assign(all);
        return consumer;
    }

    private static unsafe (int Records, TimeSpan Time, double BytesPerRecord) Consume(string servers, string topic, int records)
    {
        using RawConsumer consumer = Consumer(servers, topic);
        using MessageBatch batch = new(4096);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = TimeProvider.System.GetTimestamp();
        long sum = 0;
        int left = records;
        while (left > 0)
        {
            int count = consumer.Read(batch, TimeSpan.FromSeconds(1));
            for (int i = 0; i < count; i++)
            {
                sum += batch[i]->Value[0];
            }

            left -= count;
        }

        if (sum != (long)records * 'a')
        {
            throw new InvalidOperationException("The values read are not those written.");
        }

        return (records, TimeProvider.System.GetElapsedTime(start), (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / records);
    }

    private static unsafe (int Records, TimeSpan Time, double BytesPerRecord) Copy(string servers, string from, string to, int records)
    {
        using RawConsumer consumer = Consumer(servers, from);
        using RawProducer producer = Producer(servers);
        ProducerTopic topic = producer.Topic(to);
        using MessageBatch batch = new(4096);
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        long start = TimeProvider.System.GetTimestamp();
        int left = records;
        while (left > 0)
        {
            int count = consumer.Read(batch, TimeSpan.FromSeconds(1));
            for (int i = 0; i < count; i++)
            {
                RdKafkaMessage* m = batch[i];
                int type;
                producer.Produce(
                    topic,
                    RawProducer.AnyPartition,
                    default,
                    false,
                    new ReadOnlySpan<byte>(m->Value, (int)m->ValueLength),
                    false,
                    NativeMethods.rd_kafka_message_timestamp(m, &type),
                    0,
                    CancellationToken.None
                );
            }

            producer.Poll();
            left -= count;
        }

        producer.Flush(Limit, CancellationToken.None);
        return (records, TimeProvider.System.GetElapsedTime(start), (double)(GC.GetAllocatedBytesForCurrentThread() - allocated) / records);
    }

    private static async Task<(int Records, TimeSpan Time, double BytesPerRecord)> JobAsync<T>(
        string servers,
        int records,
        DeliveryGuarantee guarantee,
        string to,
        Func<T, T> map,
        IDeserializationSchema<T> read,
        ISerializationSchema<T> write
    )
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromSeconds(1) });
        env.FromSource(
                KafkaSource
                    .Builder<T>()
                    .SetBootstrapServers(servers)
                    .SetTopics("in")
                    .SetBounded(OffsetsInitializer.Latest())
                    .SetDeserializer(read)
                    .Build()
            )
            .Map(map)
            .SinkTo(
                KafkaSink
                    .Builder<T>()
                    .SetBootstrapServers(servers)
                    .SetTopic(to)
                    .SetDeliveryGuarantee(guarantee)
                    .SetValueSerializer(write)
                    .Build()
            );
        long start = TimeProvider.System.GetTimestamp();
        await env.ExecuteAsync(to);
        return (records, TimeProvider.System.GetElapsedTime(start), -1);
    }
}
