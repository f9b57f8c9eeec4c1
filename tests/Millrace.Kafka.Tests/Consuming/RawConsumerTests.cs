using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Xunit;

namespace Millrace.Kafka.Tests.Consuming;

public sealed class RawConsumerTests : IDisposable
{
    private readonly MockCluster _cluster = new();

    public void Dispose() => _cluster.Dispose();

    [Fact]
    public void ShouldReadEveryRecordOfEachPartitionInOrder_WhenAssigned()
    {
        _cluster.CreateTopic("in", 2);
        using RawProducer producer = Producer();
        for (int i = 0; i < 1000; i++)
        {
            Produce(producer, "in", i % 2, key: null, value: i.ToString(CultureInfo.InvariantCulture));
        }

        producer.Flush(Deadline.Wait, Deadline.Token());
        using RawConsumer consumer = Consumer();
        using (TopicPartitionList all = TopicPartitionList.Create(2))
        {
            all.Add("in", 0, LogicalOffset.Beginning);
            all.Add("in", 1, LogicalOffset.Beginning);
            consumer.Assign(all);
        }

        List<string>[] read =
        [
            [],
            [],
        ];
        Read(
            consumer,
            1000,
            static (batch, i, state) => state[Message(batch, i).Partition].Add(Encoding.UTF8.GetString(Message(batch, i).Value)),
            read
        );

        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i * 2}"), read[0]);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{(i * 2) + 1}"), read[1]);
    }

    [Fact]
    public void ShouldCarryKeyHeadersTimestampAndNulls_WhenProduced()
    {
        _cluster.CreateTopic("in", 1);
        using RawProducer producer = Producer();
        ProducerTopic topic = producer.Topic("in");
        nint headers = NativeHeaders(("trace", "abc"), ("empty", ""));
        producer.Produce(topic, 0, "k"u8, hasKey: true, "v"u8, isTombstone: false, timestamp: 1234, headers, default);
        producer.Produce(topic, 0, default, hasKey: true, default, isTombstone: false, timestamp: 1235, 0, default);
        producer.Produce(topic, 0, default, hasKey: false, default, isTombstone: true, timestamp: 1236, 0, default);
        producer.Flush(Deadline.Wait, Deadline.Token());
        using RawConsumer consumer = Consumer();
        using (TopicPartitionList all = TopicPartitionList.Create(1))
        {
            all.Add("in", 0, LogicalOffset.Beginning);
            consumer.Assign(all);
        }

        List<string> seen = [];
        Read(consumer, 3, static (batch, i, state) => state.Add(Show(Message(batch, i))), seen);

        Assert.Equal(["0@1234 k=v trace:abc empty:", "1@1235 =", "2@1236 (none)=(null)"], seen);
    }

    [Fact]
    public void ShouldReturnAtOnceWithOneRecord_WhenMoreWouldFit()
    {
        _cluster.CreateTopic("in", 1);
        using RawProducer producer = Producer();
        using RawConsumer consumer = Consumer();
        using (TopicPartitionList all = TopicPartitionList.Create(1))
        {
            all.Add("in", 0, LogicalOffset.Beginning);
            consumer.Assign(all);
        }

        Produce(producer, "in", 0, key: null, value: "only");
        using MessageBatch batch = new(100);

        int count = consumer.Read(batch, Deadline.Wait);

        Assert.Equal(1, count);
        Assert.Equal("only", Encoding.UTF8.GetString(Message(batch, 0).Value));
    }

    [Fact]
    public void ShouldReadAgain_WhenSoughtBack()
    {
        _cluster.CreateTopic("in", 1);
        using RawProducer producer = Producer();
        for (int i = 0; i < 10; i++)
        {
            Produce(producer, "in", 0, key: null, value: $"{i}");
        }

        producer.Flush(Deadline.Wait, Deadline.Token());
        using RawConsumer consumer = Consumer();
        using (TopicPartitionList all = TopicPartitionList.Create(1))
        {
            all.Add("in", 0, 0);
            consumer.Assign(all);
        }

        List<string> read = [];
        Read(consumer, 10, static (batch, i, state) => state.Add(Encoding.UTF8.GetString(Message(batch, i).Value)), read);
        using (TopicPartitionList back = TopicPartitionList.Create(1))
        {
            back.Add("in", 0, 7);
            consumer.Seek(back, Deadline.Wait);
        }

        Read(consumer, 3, static (batch, i, state) => state.Add(Encoding.UTF8.GetString(Message(batch, i).Value)), read);

        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "7", "8", "9"], read);
    }

    [Fact]
    public void ShouldNotAllocatePerRecord_WhenReading()
    {
        const int Records = 20_000;
        _cluster.CreateTopic("in", 1);
        using RawProducer producer = Producer();
        byte[] value = new byte[50];
        ProducerTopic topic = producer.Topic("in");
        for (int i = 0; i < Records; i++)
        {
            producer.Produce(topic, 0, default, false, value, false, 1, 0, default);
        }

        producer.Flush(Deadline.Wait, Deadline.Token());
        using RawConsumer consumer = Consumer();
        using (TopicPartitionList all = TopicPartitionList.Create(1))
        {
            all.Add("in", 0, 0);
            consumer.Assign(all);
        }

        using MessageBatch batch = new(1000);
        long sum = 0;
        int left = Records - Count(consumer, batch, ref sum);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (left > 0)
        {
            left -= Count(consumer, batch, ref sum);
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(Records * 50L, sum);
        Assert.True(allocated < 1024, $"{allocated} bytes were allocated for about {Records} records.");
    }

    private static unsafe int Count(RawConsumer consumer, MessageBatch batch, ref long sum)
    {
        int count = consumer.Read(batch, Deadline.Wait);
        for (int i = 0; i < count; i++)
        {
            sum += new KafkaMessage(batch[i], "in", 0).Value.Length;
        }

        return count;
    }

    private static unsafe KafkaMessage Message(MessageBatch batch, int index)
    {
        RdKafkaMessage* native = batch[index];
        Assert.Equal(0, native->Error);
        int type;
        return new KafkaMessage(native, "in", NativeMethods.rd_kafka_message_timestamp(native, &type));
    }

    private static string Show(in KafkaMessage message)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"{message.Offset}@{message.Timestamp} ");
        text.Append(message.HasKey ? Encoding.UTF8.GetString(message.Key) : "(none)").Append('=');
        text.Append(message.IsTombstone ? "(null)" : Encoding.UTF8.GetString(message.Value));
        KafkaHeaders headers = message.Headers;
        for (int i = 0; i < headers.Count; i++)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $" {Encoding.UTF8.GetString(headers[i].Name)}:{Encoding.UTF8.GetString(headers[i].Value)}"
            );
        }

        return text.ToString();
    }

    private static void Read<TState>(RawConsumer consumer, int records, Action<MessageBatch, int, TState> each, TState state)
    {
        using MessageBatch batch = new(100);
        long end = Environment.TickCount64 + (long)Deadline.Wait.TotalMilliseconds;
        while (records > 0)
        {
            Assert.True(Environment.TickCount64 < end, $"{records} records are still missing.");
            int count = consumer.Read(batch, TimeSpan.FromSeconds(1));
            for (int i = 0; i < count; i++)
            {
                each(batch, i, state);
            }

            records -= count;
        }

        Assert.Equal(0, records);
    }

    private static unsafe nint NativeHeaders(params (string Name, string Value)[] all)
    {
        nint headers = NativeMethods.rd_kafka_headers_new(2);
        foreach ((string name, string value) in all)
        {
            byte[] nameBytes = Encoding.UTF8.GetBytes(name);
            byte[] valueBytes = Encoding.UTF8.GetBytes(value + "\0");
            fixed (byte* n = nameBytes)
            fixed (byte* v = valueBytes)
            {
                Assert.Equal(0, NativeMethods.rd_kafka_header_add(headers, n, nameBytes.Length, v, valueBytes.Length - 1));
            }
        }

        return headers;
    }

    private static void Produce(RawProducer producer, string topic, int partition, string? key, string value) =>
        producer.Produce(
            producer.Topic(topic),
            partition,
            Encoding.UTF8.GetBytes(key ?? ""),
            key is not null,
            Encoding.UTF8.GetBytes(value),
            isTombstone: false,
            timestamp: 0,
            headers: 0,
            Deadline.Token()
        );

    private RawProducer Producer() => new(_cluster.Properties(("linger.ms", "1")), NullLogger.Instance, TimeProvider.System);

    private RawConsumer Consumer() =>
        new(_cluster.Properties(("group.id", "g"), ("enable.auto.commit", "false"), ("fetch.wait.max.ms", "10")), NullLogger.Instance);
}
