using Xunit;

namespace Millrace.Kafka.Tests;

public sealed class FlinkAliasTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("my_topic", 1), ("my_topic_upper", 1)];

    [Fact]
    public async Task ShouldTakeTheArticlesProperties_WhenTheyAreJavas()
    {
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = BootstrapServers,
            ["group.id"] = "my_group",
            ["auto.offset.reset"] = "earliest",
            ["zookeeper.connect"] = "localhost:2181",
            ["key.deserializer"] = "org.apache.kafka.common.serialization.StringDeserializer",
            ["value.serializer"] = "org.apache.kafka.common.serialization.StringSerializer",
        };
        await using SinkDriver<string> sink = new(new FlinkKafkaProducer<string>("my_topic", new SimpleStringSchema(), properties));
        sink.Write("hello");
        sink.Flush();

        await using var source = await SourceDriver<string>.StartAsync(new FlinkKafkaConsumer<string>("my_topic", new SimpleStringSchema(), properties));
        source.ReadRecords(1);

        Assert.Equal(["hello"], source.Output.Values);
    }

    [Fact]
    public void ShouldNameTheValue_WhenOffsetResetIsUnknown()
    {
        List<string> errors = [];

        new FlinkKafkaConsumer<string>("t", new SimpleStringSchema(), [new("bootstrap.servers", "x:1"), new("auto.offset.reset", "middle")]).Validate(errors);

        Assert.Contains("'middle'", Assert.Single(errors), StringComparison.Ordinal);
    }
}
