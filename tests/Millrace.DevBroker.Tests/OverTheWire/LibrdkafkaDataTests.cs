using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Librdkafka)]
public class LibrdkafkaDataTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [Fact]
    public async Task ShouldBringBackKeysHeadersAndNulls_WhenLibrdkafkaProducesThem()
    {
        string topic = await broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = broker.Producer();
        Timestamp timestamp = new(1_700_000_000_123, TimestampType.CreateTime);
        Headers headers = new()
        {
            { "a", Encoding.UTF8.GetBytes("ä") },
            { "none", null },
            { "a", [] },
        };
        await producer.ProduceAsync(
            topic,
            new Message<string?, string?>
            {
                Key = "key",
                Value = "value",
                Headers = headers,
                Timestamp = timestamp,
            }
        );
        await producer.ProduceAsync(topic, new Message<string?, string?> { Key = "gone", Value = null });
        await producer.ProduceAsync(topic, new Message<string?, string?> { Key = null, Value = "" });

        List<ConsumeResult<string?, string?>> read = broker.ReadAll(topic);

        Assert.Equal([0L, 1L, 2L], read.Select(each => each.Offset.Value));
        Assert.Equal(["key", "gone", null], read.Select(each => each.Message.Key));
        Assert.Equal(["value", null, ""], read.Select(each => each.Message.Value));
        Assert.Equal(timestamp, read[0].Message.Timestamp);
        Assert.Equal(["a", "none", "a"], read[0].Message.Headers.Select(header => header.Key));
        Assert.Equal("ä", Encoding.UTF8.GetString(read[0].Message.Headers[0].GetValueBytes()));
        Assert.Null(read[0].Message.Headers[1].GetValueBytes());
        Assert.Empty(read[0].Message.Headers[2].GetValueBytes());
    }

    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task ShouldPassBatchesThrough_WhenLibrdkafkaCompressesThem(CompressionType compression)
    {
        string topic = await broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = broker.Producer(config =>
        {
            config.CompressionType = compression;
            config.LingerMs = 20;
        });
        string[] values = Enumerable.Range(0, 500).Select(i => $"value {i} {new string('x', 100)}").ToArray();
        foreach (string value in values)
        {
            producer.Produce(topic, new Message<string?, string?> { Value = value });
        }

        producer.Flush(Librdkafka.Patience);

        Assert.Equal(values, broker.ReadAll(topic).Select(each => each.Message.Value));
    }

    [Fact]
    public async Task ShouldFindOffsets_WhenLibrdkafkaAsksByTime()
    {
        string topic = await broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = broker.Producer();
        foreach (long time in new[] { 1_000_000L, 3_000_000L, 2_000_000L, 5_000_000L })
        {
            await producer.ProduceAsync(
                topic,
                new Message<string?, string?> { Value = "v", Timestamp = new Timestamp(time, TimestampType.CreateTime) }
            );
        }

        using IConsumer<string?, string?> consumer = broker.Consumer();
        long Find(long time) =>
            consumer
                .OffsetsForTimes(
                    [new TopicPartitionTimestamp(topic, 0, new Timestamp(time, TimestampType.CreateTime))],
                    Librdkafka.Patience
                )[0]
                .Offset.Value;
        using IAdminClient admin = broker.Admin();
        async Task<long> List(OffsetSpec spec) =>
            (
                await admin.ListOffsetsAsync([
                    new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, 0), OffsetSpec = spec },
                ])
            )
                .ResultInfos[0]
                .TopicPartitionOffsetError
                .Offset
                .Value;

        Assert.Equal(0, Find(0));
        Assert.Equal(0, Find(1_000_000));
        Assert.Equal(1, Find(1_000_001));
        Assert.Equal(1, Find(2_000_000));
        Assert.Equal(3, Find(3_000_001));
        Assert.Equal(Offset.End.Value, Find(5_000_001));
        WatermarkOffsets watermarks = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), Librdkafka.Patience);
        Assert.Equal((0L, 4L), (watermarks.Low.Value, watermarks.High.Value));
        Assert.Equal(3, await List(OffsetSpec.MaxTimestamp()));
        Assert.Equal(0, await List(OffsetSpec.Earliest()));
        Assert.Equal(4, await List(OffsetSpec.Latest()));
    }

    [Fact]
    public async Task ShouldWakeLongPoll_WhenLibrdkafkaWaitsForTheNextRecord()
    {
        string topic = await broker.CreateTopicAsync();
        using IConsumer<string?, string?> consumer = broker.Consumer(config =>
        {
            config.FetchWaitMaxMs = 5000;
            config.EnablePartitionEof = true;
        });
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        using CancellationTokenSource deadline = new(Librdkafka.Patience);
        Assert.True(consumer.Consume(deadline.Token).IsPartitionEOF);
        using IProducer<string?, string?> producer = broker.Producer();
        await producer.ProduceAsync(topic, new Message<string?, string?> { Value = "first" });
        Assert.Equal("first", Next());

        // By now the consumer is in a fetch that would last 5 seconds.
        long started = TimeProvider.System.GetTimestamp();
        await producer.ProduceAsync(topic, new Message<string?, string?> { Value = "second" });
        Assert.Equal("second", Next());
        Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(2));

        string? Next()
        {
            ConsumeResult<string?, string?> result;
            do
            {
                result = consumer.Consume(deadline.Token);
            } while (result.IsPartitionEOF);
            return result.Message.Value;
        }
    }

    [Fact]
    public async Task ShouldSpreadPartitionsAndKeepOrder_WhenLibrdkafkaProducesManyKeys()
    {
        const int Partitions = 5;
        const int Count = 5000;
        string topic = await broker.CreateTopicAsync(Partitions);
        using IProducer<string?, string?> producer = broker.Producer();
        for (int i = 0; i < Count; i++)
        {
            producer.Produce(topic, new Message<string?, string?> { Key = $"key {i % 50}", Value = $"{i}" });
        }

        producer.Flush(Librdkafka.Patience);

        List<ConsumeResult<string?, string?>> read = broker.ReadAll(topic, Partitions);

        Assert.Equal(Count, read.Count);
        Assert.Equal(Partitions, read.Select(each => each.Partition.Value).Distinct().Count());
        Assert.All(
            read.GroupBy(each => each.Message.Key),
            key =>
            {
                Assert.Single(key.Select(each => each.Partition.Value).Distinct());
                int[] values = key.Select(each => int.Parse(each.Message.Value!, System.Globalization.CultureInfo.InvariantCulture))
                    .ToArray();
                Assert.Equal(values.Order(), values);
            }
        );
    }
}
