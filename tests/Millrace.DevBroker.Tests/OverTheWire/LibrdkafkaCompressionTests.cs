using System.Globalization;
using Confluent.Kafka;
using Millrace.DevBroker.Protocol.Messages;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>
/// What the broker does with batches that it has to open: librdkafka packs and unpacks them, so that both sides cannot be wrong in the same
/// way.
/// </summary>
public sealed class LibrdkafkaCompressionTests
{
    public static TheoryData<CompressionType> Codecs { get; } =
    [CompressionType.Gzip, CompressionType.Snappy, CompressionType.Lz4, CompressionType.Zstd];

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task ShouldAnswerOffsetAndTimeOfOneRecord_WhenTheBatchIsCompressed(CompressionType codec)
    {
        await using DevBroker broker = await DevBroker.StartAsync();
        string topic = await Librdkafka.CreateTopicAsync(broker.BootstrapServers);
        Produce(broker, topic, codec, 100, i => ($"k{i}", $"value number {i}"));

        using WireClient client = new(broker.Port);
        (long, long) Find(long time)
        {
            ListOffsets.Request request = new()
            {
                Topics = [new() { Name = topic, Partitions = [new() { Timestamp = time, CurrentLeaderEpoch = -1 }] }],
            };
            ListOffsets.PartitionResult found = client.Send<ListOffsets.Request, ListOffsets.Response>(request, 7).Topics![0].Partitions![
                0
            ];
            return (found.Offset, found.Timestamp);
        }

        Assert.Equal(
            [(0L, 1_000_000L), (42L, 1_000_420L), (43L, 1_000_430L), (99L, 1_000_990L), (-1L, -1L)],
            new[] { 5L, 1_000_420, 1_000_421, 1_000_990, 1_000_991 }.Select(Find)
        );
        Assert.Equal((99L, 1_000_990L), Find(ListOffsetsTimestamp.MaxTimestamp));
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public async Task ShouldLeaveTheLastOfEachKey_WhenCompressedBatchesAreCompacted(CompressionType codec)
    {
        await using DevBroker broker = await DevBroker.StartAsync(new DevBrokerOptions { CleanupInterval = TimeSpan.FromMilliseconds(50) });
        string topic = await Librdkafka.CreateTopicAsync(
            broker.BootstrapServers,
            configs: new()
            {
                ["cleanup.policy"] = "compact",
                ["segment.bytes"] = "1024",
                ["min.cleanable.dirty.ratio"] = "0",
            }
        );
        for (int round = 0; round < 20; round++)
        {
            Produce(broker, topic, codec, 100, i => ($"k{i}", $"value number {i} of round {round}"));
        }

        // The active segment is never compacted: what is left is one value of each key, and what it holds.
        List<ConsumeResult<string?, string?>> left = [];
        await Eventually.Until(() => (left = Librdkafka.ReadAll(broker.BootstrapServers, topic)).Count <= 200, "the log is compacted");
        Dictionary<string, string?> last = left.GroupBy(r => r.Message.Key!).ToDictionary(g => g.Key, g => g.Last().Message.Value);
        Assert.Equal(100, last.Count);
        Assert.All(last, entry => Assert.Equal($"value number {entry.Key[1..]} of round 19", entry.Value));
        Assert.All(left, r => Assert.Equal(int.Parse(r.Message.Key![1..], CultureInfo.InvariantCulture), r.Offset.Value % 100));
    }

    /// <summary>One batch, its records 10 ms apart.</summary>
    private static void Produce(
        DevBroker broker,
        string topic,
        CompressionType codec,
        int count,
        Func<int, (string Key, string Value)> record
    )
    {
        using IProducer<string?, string?> producer = Librdkafka.Producer(
            broker.BootstrapServers,
            config =>
            {
                config.CompressionType = codec;
                config.LingerMs = 1000;
            }
        );
        for (int i = 0; i < count; i++)
        {
            (string? key, string? value) = record(i);
            producer.Produce(
                topic,
                new Message<string?, string?>
                {
                    Key = key,
                    Value = value,
                    Timestamp = new Timestamp(1_000_000 + (i * 10), TimestampType.CreateTime),
                }
            );
        }

        producer.Flush(Librdkafka.Patience);
    }
}
