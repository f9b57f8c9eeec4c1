using System.Globalization;
using Millrace.Api;
using Millrace.Graph;
using Millrace.Kafka.Producing;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

public sealed class KafkaJobTests : BrokerTest
{
    private const int Records = 3000;

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 3), ("out", 2)];

    [Fact]
    public async Task ShouldUpperCaseEachRecord_WhenTheArticlesPipelineRuns()
    {
        using (RawProducer producer = Producer())
        {
            producer.Produce(producer.Topic("in"), 0, default, false, "hello"u8, false, 0, 0, default);
            producer.Produce(producer.Topic("in"), 0, default, false, "kafka"u8, false, 0, 0, default);
            producer.Flush(Deadline.Wait, Deadline.Token());
        }

        StreamExecutionEnvironment env = new();
        env.FromSource(Source().Build()).Map(static value => value.ToUpperInvariant()).SinkTo(Sink(DeliveryGuarantee.AtLeastOnce).Build());
        await env.ExecuteAsync("upper-case", Deadline.Token());

        Assert.Equal(["HELLO", "KAFKA"], (await ReadAllAsync("out")).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    public async Task ShouldWriteEachRecordOnce_WhenTasksFailAgainAndAgain(int parallelism, int failures)
    {
        Fill("in", 3, 0, Records);
        int[] left = [failures + 2];
        StreamExecutionEnvironment env = new(
            new ExecutionOptions
            {
                Parallelism = parallelism,
                BatchSize = 16,
                CheckpointInterval = TimeSpan.FromMilliseconds(20),
                RestartStrategy = RestartStrategy.FixedDelay(100, TimeSpan.FromMilliseconds(1)),
            }
        );
        env.FromSource(Source().SetMaxPollRecords(64).Build())
            .Map(value =>
            {
                // Fails deterministically, at different places of the stream.
                int number = int.Parse(value, CultureInfo.InvariantCulture);
                if (number > 500 && number % 700 == 0 && Interlocked.Decrement(ref left[0]) >= 0)
                {
                    throw new InvalidOperationException("on purpose");
                }

                return value;
            })
            .SinkTo(Sink(DeliveryGuarantee.ExactlyOnce).Build());

        JobExecutionResult result = await env.ExecuteAsync("exactly-once", Deadline.Token());

        Assert.True(left[0] < failures, "The job has not failed as often as it should have.");
        Assert.Equal(Expected(), (await ReadAllAsync("out")).Order(StringComparer.Ordinal));
        Assert.NotNull(result);
    }

    [Fact]
    public void ShouldRefuse_WhenAJobReadsWhatItWrites()
    {
        StreamExecutionEnvironment env = new();
        env.FromSource(Source().SetTopics("out").Build()).SinkTo(Sink(DeliveryGuarantee.AtLeastOnce).Build());

        JobValidationException error = Assert.ThrowsAny<JobValidationException>(() => env.Describe("loop"));

        Assert.Contains("kafka:out", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Expected() =>
        Enumerable.Range(0, Records).Select(i => i.ToString(CultureInfo.InvariantCulture)).Order(StringComparer.Ordinal);

    private KafkaSourceBuilder<string> Source() =>
        KafkaSource
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetGroupId("g")
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(SimpleStringSchema.Instance);

    private KafkaSinkBuilder<string> Sink(DeliveryGuarantee guarantee) =>
        KafkaSink
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopic("out")
            .SetDeliveryGuarantee(guarantee)
            .SetTransactionTimeout(TimeSpan.FromMinutes(1))
            .SetValueSerializer(SimpleStringSchema.Instance);
}
