using System.Text;
using Confluent.Kafka;
using Millrace.Batches;
using Millrace.Connectors;
using Millrace.Serialization;
using Xunit;

namespace Millrace.Kafka.Tests.Sinks;

public sealed class NullHeaderTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1)];

    [Fact]
    public async Task ShouldWriteNullHeaders_WhenASinkTaskWritesThem()
    {
        await using SinkDriver<string> driver = new(Sink());

        driver.Write("a");
        driver.Flush();

        AssertHeaders();
    }

    [Theory]
    [InlineData("a", 2)]
    [InlineData("plain", 1)]
    public async Task ShouldWriteNullHeaders_WhenTheyHaveWaitedInAnOutbox(string value, byte version)
    {
        KafkaSink<string> sink = Sink();
        DataWriter encoded = new(16);
        sink.Encode(value, RecordBatch.NoTimestamp, encoded);
        await using IDurableSinkSender sender = sink.CreateSender(Contexts.Task("sink"));

        await sender.SendAsync([new DurableSinkRecord(1, "id", encoded.WrittenSpan.ToArray())], Deadline.Token());

        // What needs no nulls is written as older versions read it.
        Assert.Equal(version, encoded.WrittenSpan[0]);
        if (value == "a")
        {
            AssertHeaders();
        }
    }

    [Fact]
    public async Task ShouldHaveOneId_WhenARecordBringsOne()
    {
        KafkaSink<string> sink = Sink(static record => record.AddHeader("millrace-id", "another job's"));
        DataWriter encoded = new(16);
        sink.Encode("plain", RecordBatch.NoTimestamp, encoded);
        await using IDurableSinkSender sender = sink.CreateSender(Contexts.Task("sink"));

        await sender.SendAsync([new DurableSinkRecord(1, "its own", encoded.WrittenSpan.ToArray())], Deadline.Token());

        IHeader header = Assert.Single(ReadHeaders());
        Assert.Equal(("millrace-id", "its own"), (header.Key, Encoding.UTF8.GetString(header.GetValueBytes())));
    }

    private void AssertHeaders()
    {
        Headers headers = ReadHeaders();
        Assert.Null(headers.GetLastBytes("null"));
        Assert.Null(headers.GetLastBytes("null text"));
        Assert.Equal([], headers.GetLastBytes("empty"));
        Assert.Equal("v", Encoding.UTF8.GetString(headers.GetLastBytes("text")));
    }

    private Headers ReadHeaders()
    {
        using IConsumer<byte[]?, byte[]?> consumer = new ConsumerBuilder<byte[]?, byte[]?>([
            new("bootstrap.servers", BootstrapServers),
            new("group.id", "g"),
        ]).Build();
        consumer.Assign(new TopicPartitionOffset("out", 0, Offset.Beginning));
        return consumer.Consume(Deadline.Token()).Message.Headers;
    }

    private KafkaSink<string> Sink(Action<KafkaProducerRecord>? more = null) =>
        KafkaSink
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopic("out")
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetHeaders(
                (value, record) =>
                {
                    more?.Invoke(record);
                    if (value == "plain")
                    {
                        return;
                    }

                    record.AddNullHeader("null"u8);
                    record.AddHeader("null text", null);
                    record.AddHeader("empty"u8, default);
                    record.AddHeader("text", "v");
                }
            )
            .Build();
}
