using Millrace.Connectors;
using Millrace.Kafka.Sources;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

public sealed class KafkaSplitTests
{
    [Theory]
    [InlineData("orders", 3, 42L, null, "01" + "07" + "6F7264657273" + "03" + "54" + "00")]
    [InlineData("orders", 300, -2L, 7L, "01" + "07" + "6F7264657273" + "AC02" + "03" + "01" + "0E")]
    public void ShouldKeepItsBytes_WhenEncoded(string topic, int partition, long position, long? stop, string golden)
    {
        KafkaSplit split = new(new KafkaTopicPartition(topic, partition), position, stop);

        SourceSplit encoded = split.ToSourceSplit();

        Assert.Equal(golden, Convert.ToHexString(encoded.Position.Span));
        Assert.Equal($"{topic}-{partition}", encoded.Id);
        Assert.Equal(split, KafkaSplit.From(encoded));
    }

    [Fact]
    public void ShouldKeepItsBytes_WhenTopicAndEpochAreKnown()
    {
        KafkaSplit split = new(new KafkaTopicPartition("orders", 3), 42, 50)
        {
            TopicId = new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            LeaderEpoch = 7,
        };

        SourceSplit encoded = split.ToSourceSplit();

        Assert.Equal(
            "02" + "07" + "6F7264657273" + "03" + "54" + "01" + "64" + "00112233445566778899AABBCCDDEEFF" + "0E",
            Convert.ToHexString(encoded.Position.Span)
        );
        Assert.Equal(split, KafkaSplit.From(encoded));
    }

    [Fact]
    public void ShouldGoToDifferentTasks_WhenPartitionsAreOfOneTopic()
    {
        int[] tasks =
        [
            .. Enumerable
                .Range(0, 4)
                .Select(i => new KafkaSplit(new KafkaTopicPartition("t", i), 0, null).ToSourceSplit().AssignmentHint % 4),
        ];

        Assert.Equal([0, 1, 2, 3], tasks.Order());
    }

    [Fact]
    public void ShouldSayWhatToDo_WhenFormatIsUnknown()
    {
        SourceSplit foreign = new("t-0", 0, new byte[] { 9, 0 });

        InvalidDataException error = Assert.Throws<InvalidDataException>(() => KafkaSplit.From(foreign));

        Assert.Contains("'t-0' has position format 9", error.Message, StringComparison.Ordinal);
    }
}
