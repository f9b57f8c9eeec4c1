using Millrace.Api;
using Millrace.Connectors;
using Millrace.Graph;
using Millrace.Serialization;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

public sealed class LoopTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("orders-a", 1), ("orders-out", 1)];

    [Fact]
    public void ShouldRefuse_WhenAPatternMatchesTheTopicOfASink()
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(Source().SetTopicPattern("orders-(a|out)").Build()).SinkTo(Sink().SetTopic("orders-out").Build());

        JobValidationException error = Assert.ThrowsAny<JobValidationException>(() => env.Describe("loop"));

        Assert.Contains("kafka:orders-out", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldFail_WhenARecordIsSentToATopicThatTheJobReads()
    {
        Fill("orders-a", 1, 0, 2);
        StreamExecutionEnvironment env = new();
        env.Options.RestartStrategy = Runtime.RestartStrategy.None;
        env.FromSource(Source().SetTopicPattern("orders-(a|out)").SetBounded(OffsetsInitializer.Latest()).Build())
            .SinkTo(Sink().SetTopicSelector(static _ => "orders-out").Build());

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => env.ExecuteAsync("loop", Deadline.Token()));

        Assert.Contains("'orders-out'", error.ToString(), StringComparison.Ordinal);
        Assert.Empty(await ReadAllAsync("orders-out"));
    }

    [Fact]
    public void ShouldRefuse_WhenDeadLettersOfOneSourceAreReadByAnother()
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(Source().SetTopics("a").SetDeserializationErrorPolicy(DeserializationErrorPolicy.DeadLetter("orders-dead")).Build())
            .Union(env.FromSource(Source().SetTopicPattern("orders-.*").Build()))
            .SinkTo(Sink().SetTopic("other").Build());

        JobValidationException error = Assert.ThrowsAny<JobValidationException>(() => env.Describe("loop"));

        Assert.Contains("kafka:orders-dead", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ShouldRefuse_WhenATransactionTimesOutBeforeItsCheckpoint()
    {
        StreamExecutionEnvironment env = new();
        env.EnableCheckpointing(TimeSpan.FromSeconds(4));
        env.FromSource(Source().SetTopics("orders-a").Build())
            .SinkTo(
                Sink()
                    .SetTopic("orders-out")
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .SetTransactionTimeout(TimeSpan.FromSeconds(2))
                    .Build()
            );

        JobValidationException error = Assert.ThrowsAny<JobValidationException>(() => env.Describe("timeout"));

        Assert.Contains("00:00:02", error.Message, StringComparison.Ordinal);
        Assert.Contains("00:00:04", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DeliveryGuarantee.AtLeastOnce)]
    [InlineData(DeliveryGuarantee.ExactlyOnce)]
    public async Task ShouldFail_WhenARecordOfAnOutboxGoesToATopicThatTheJobReads(DeliveryGuarantee guarantee)
    {
        KafkaSink<string> sink = Sink()
            .SetTopicSelector(static value => value)
            .SetDeliveryGuarantee(guarantee)
            .SetTransactionTimeout(TimeSpan.FromMinutes(1))
            .Build();
        KafkaSource<string> source = Source().SetTopics("orders-out").Build();
        DataWriter encoded = new(16);
        sink.Encode("orders-out", Batches.RecordBatch.NoTimestamp, encoded);
        await using IDurableSinkSender sender = sink.CreateSender(
            Contexts.Task("sink") with
            {
                ReaderOf = topic => source.Reads(topic) ? "the orders" : null,
            }
        );

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() =>
            sender.SendAsync([new DurableSinkRecord(1, "id", encoded.WrittenSpan.ToArray())], Deadline.Token())
        );

        Assert.Contains("'orders-out', which source 'the orders' of the same job reads", error.Message, StringComparison.Ordinal);
        Assert.Empty(await ReadAllAsync("orders-out"));
    }

    [Fact]
    public void ShouldKnowItsTopics_WhenAResourceIsNamedByOtherServersOfTheSameCluster()
    {
        KafkaSource<string> source = KafkaSource.Builder<string>().SetBootstrapServers("a:1,b:2").SetTopicPattern("orders-.*").Build();

        Assert.True(source.Reads(KafkaTopic.Of("b:2,c:3", "orders-out")));
        Assert.False(source.Reads(KafkaTopic.Of("c:3", "orders-out")));
        Assert.False(source.Reads(KafkaTopic.Of("b:2", "other")));
        Assert.False(source.Reads(new Topic("file", "orders-out", "b:2")));
    }

    [Fact]
    public async Task ShouldRun_WhenTheTransactionTimeoutExceedsTheInterval()
    {
        Fill("orders-a", 1, 0, 2);
        StreamExecutionEnvironment env = new();
        env.EnableCheckpointing(TimeSpan.FromMilliseconds(100));
        env.FromSource(Source().SetTopics("orders-a").SetBounded(OffsetsInitializer.Latest()).Build())
            .SinkTo(
                Sink()
                    .SetTopic("orders-out")
                    .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
                    .SetTransactionTimeout(TimeSpan.FromSeconds(30))
                    .Build()
            );

        await env.ExecuteAsync("timeout", Deadline.Token());

        Assert.Equal(2, (await ReadAllAsync("orders-out")).Count);
    }

    private KafkaSourceBuilder<string> Source() =>
        KafkaSource.Builder<string>().SetBootstrapServers(BootstrapServers).SetDeserializer(SimpleStringSchema.Instance);

    private KafkaSinkBuilder<string> Sink() =>
        KafkaSink.Builder<string>().SetBootstrapServers(BootstrapServers).SetValueSerializer(SimpleStringSchema.Instance);
}
