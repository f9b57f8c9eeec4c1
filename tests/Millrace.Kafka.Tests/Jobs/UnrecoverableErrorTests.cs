using Millrace.Api;
using Millrace.Kafka.Protocol;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Jobs;

/// <summary>What a cluster refuses, and will refuse again, ends a job that has the default restart strategy.</summary>
public sealed class UnrecoverableErrorTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 1), ("out", 1)];

    [Fact]
    public async Task ShouldEndTheJob_WhenAPositionIsOutOfRange()
    {
        Fill("in", 1, 0, 10);

        JobExecutionException error = await RunAsync(
            "out-of-range",
            Source().SetStartingOffsets(OffsetsInitializer.Offsets(new Dictionary<KafkaTopicPartition, long> { [new("in", 0)] = 100 })),
            DeliveryGuarantee.AtLeastOnce
        );

        Assert.Contains("in-0", error.Message, StringComparison.Ordinal);
        Assert.Contains("cut off at offset 10, but counts as read up to 100", error.Message, StringComparison.Ordinal);
        Assert.Contains("given by hand", error.Message, StringComparison.Ordinal);
        Assert.Contains("auto.offset.reset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldEndTheJob_WhenAGroupHasNoOffsetAndThereIsNoResetStrategy()
    {
        JobExecutionException error = await RunAsync(
            "no-offset",
            Source().SetStartingOffsets(OffsetsInitializer.CommittedOffsets()),
            DeliveryGuarantee.AtLeastOnce
        );

        Assert.Contains("no committed offset", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public async Task ShouldEndTheJob_WhenThereIsNoRightToTheTransactionalId()
    {
        Broker.Faults.Fail(ApiKey.InitProducerId, ErrorCode.TransactionalIdAuthorizationFailed);

        JobExecutionException error = await RunAsync("no-right", Source(), DeliveryGuarantee.ExactlyOnce);

        Assert.Contains("Grant", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-right-", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldEndTheJob_WhenTheTransactionTimeoutIsAboveTheBrokers()
    {
        JobExecutionException error = await RunAsync("timeout", Source(), DeliveryGuarantee.ExactlyOnce, TimeSpan.FromMinutes(20));

        Assert.Contains("00:20:00", error.Message, StringComparison.Ordinal);
        Assert.Contains("SetTransactionTimeout", error.Message, StringComparison.Ordinal);
        Assert.Contains("transaction.max.timeout.ms", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public async Task ShouldEndTheJob_WhenThereIsNoRightToTheTopic()
    {
        Broker.Faults.Fail(ApiKey.Metadata, ErrorCode.TopicAuthorizationFailed);

        JobExecutionException error = await RunAsync("no-topic-right", Source(), DeliveryGuarantee.AtLeastOnce);

        Assert.Contains("Grant", error.Message, StringComparison.Ordinal);
    }

    private async Task<JobExecutionException> RunAsync(
        string job,
        KafkaSourceBuilder<string> source,
        DeliveryGuarantee guarantee,
        TimeSpan? timeout = null
    )
    {
        StreamExecutionEnvironment env = new(new ExecutionOptions { Parallelism = 1, CheckpointInterval = TimeSpan.FromMilliseconds(50) });
        env.FromSource(source.Build())
            .SinkTo(
                KafkaSink
                    .Builder<string>()
                    .SetBootstrapServers(BootstrapServers)
                    .SetTopic("out")
                    .SetDeliveryGuarantee(guarantee)
                    .SetTransactionTimeout(timeout ?? TimeSpan.FromMinutes(1))
                    .SetValueSerializer(SimpleStringSchema.Instance)
                    .Build()
            );
        await using JobClient client = env.ExecuteDetached(job, CancellationToken.None);
        JobExecutionException error = await Assert.ThrowsAsync<JobExecutionException>(() =>
            client.Completion.WaitAsync(TimeSpan.FromSeconds(15))
        );
        Assert.Equal(1, client.GetMetrics().Restarts);
        return error;
    }

    private KafkaSourceBuilder<string> Source() =>
        KafkaSource
            .Builder<string>()
            .SetBootstrapServers(BootstrapServers)
            .SetTopics("in")
            .SetGroupId("g")
            .SetDeserializer(SimpleStringSchema.Instance);
}
