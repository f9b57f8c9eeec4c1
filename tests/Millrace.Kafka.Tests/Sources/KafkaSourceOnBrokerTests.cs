using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Connectors;
using Millrace.Kafka.Protocol;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Sources;

public sealed class KafkaSourceOnBrokerTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("in", 2)];

    [Fact]
    public async Task ShouldBeginAndEndAtTimes_WhenGivenTimestamps()
    {
        Fill("in", 2, 0, 100, timestamp: 1_000_000);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            Strings()
                .SetStartingOffsets(OffsetsInitializer.Timestamp(1_000_040))
                .SetBounded(OffsetsInitializer.Timestamp(1_000_060))
                .Build()
        );

        driver.ReadToEnd();

        Assert.Equal(Enumerable.Range(40, 20).Select(i => $"{i}"), driver.Output.Values.Order(StringComparer.Ordinal));
        Assert.All(
            driver.Output.Records,
            record => Assert.Equal(1_000_000 + int.Parse(record.Value, System.Globalization.CultureInfo.InvariantCulture), record.Timestamp)
        );
    }

    [Fact]
    public async Task ShouldBeginAtTheEnd_WhenNoRecordIsAsYoungAsTheTimestamp()
    {
        Fill("in", 2, 0, 10, timestamp: 1_000_000);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            Strings().SetStartingOffsets(OffsetsInitializer.Timestamp(9_000_000)).Build()
        );
        Fill("in", 2, 10, 2, timestamp: 1_000_000);

        driver.ReadRecords(2);

        Assert.Equal(["10", "11"], driver.Output.Values.Order(StringComparer.Ordinal));
    }

    [OwnBrokerFact]
    public async Task ShouldLoseAndRepeatNothing_WhenConnectionsBreak()
    {
        Fill("in", 2, 0, 500);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(
            Strings().SetMaxPollRecords(50).SetProperty("reconnect.backoff.ms", "1").Build()
        );
        driver.ReadRecords(100);
        Broker.Faults.DropResponse(ApiKey.Fetch, times: 2);
        Fill("in", 2, 500, 500);
        driver.ReadRecords(700);
        _ = Broker.Faults.DropAllConnections();

        driver.ReadRecords(1000);

        Assert.Equal(
            Enumerable.Range(0, 1000),
            driver.Output.Values.Select(value => int.Parse(value, System.Globalization.CultureInfo.InvariantCulture)).Order()
        );
    }

    [Fact]
    public async Task ShouldFailAndNameThePartition_WhenItsPositionIsGone()
    {
        Fill("in", 2, 0, 10);
        KafkaSource<string> source = Strings().Build();
        IReadOnlyList<SourceSplit> beyond =
        [
            new Millrace.Kafka.Sources.KafkaSplit(new KafkaTopicPartition("in", 1), 1000, null).ToSourceSplit(),
        ];
        await using SourceDriver<string> driver = SourceDriver<string>.Restore(source, beyond);

        KafkaClientException error = Assert.Throws<KafkaClientException>(() => driver.ReadRecords(1));

        Assert.Contains("in-1", error.Message, StringComparison.Ordinal);
        Assert.Contains("auto.offset.reset", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldFindGrownTopic_WhenLookingAgain()
    {
        KafkaSource<string> source = Strings().Build();
        await using ISplitEnumerator enumerator = source.CreateEnumerator(Contexts.Task());
        IReadOnlyList<SourceSplit> first = await enumerator.DiscoverAsync(isInitial: true, Deadline.Token());
        using (IAdminClient admin = new Confluent.Kafka.AdminClientBuilder([new("bootstrap.servers", BootstrapServers)]).Build())
        {
            await admin.CreatePartitionsAsync([new Confluent.Kafka.Admin.PartitionsSpecification { Topic = "in", IncreaseTo = 4 }]);
        }

        IReadOnlyList<SourceSplit> second = await enumerator.DiscoverAsync(isInitial: false, Deadline.Token());

        Assert.Equal(2, first.Count);
        Assert.Equal(["in-0", "in-1", "in-2", "in-3"], second.Select(split => split.Id));
    }

    [Fact]
    public async Task ShouldReportWhatWaits_WhenSecondsPass()
    {
        Fill("in", 2, 0, 1000);
        ConnectorContext context = Contexts.Task();
        KafkaSource<string> source = Strings().SetMaxPollRecords(10).Build();
        await using ISourceReader<string> reader = source.CreateReader(context);
        reader.AddSplits(await SourceDriver<string>.DiscoverAsync(source, isInitial: true));
        CollectingOutput<string> output = new();
        CancellationToken deadline = Deadline.Token();
        while (output.Records.Count < 10)
        {
            _ = reader.Read(output, TimeSpan.FromMilliseconds(100));
        }
        int before = output.Records.Count;
        while (context.Metrics.PendingRecords < 0 && !deadline.IsCancellationRequested)
        {
            reader.SetPaused(["in-0", "in-1"], paused: true);
            _ = reader.Read(output, TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(context.Metrics.PendingRecords, 1, 1000 - before);
        Assert.True(context.Metrics.Bytes > 0);
    }

    [OwnBrokerFact]
    public async Task ShouldNameTheTopic_WhenItDoesNotExist()
    {
        KafkaSource<string> source = Strings()
            .SetTopics("missing")
            .SetPartitionDiscoveryInterval(null)
            .SetProperty("topic.metadata.propagation.max.ms", "0")
            .Build();

        KafkaClientException error = await Assert.ThrowsAsync<KafkaClientException>(() =>
            SourceDriver<string>.DiscoverAsync(source, isInitial: true)
        );

        Assert.Contains("'missing'", error.Message, StringComparison.Ordinal);
        Assert.Contains("Create the topic", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldReadATopicFromItsBeginning_WhenItIsCreatedAfterTheStart(bool hasGroup)
    {
        KafkaSourceBuilder<string> builder = Strings().SetTopics("in", "later").SetProperty("topic.metadata.propagation.max.ms", "0");
        KafkaSource<string> source = hasGroup
            ? builder.SetGroupId("group").SetStartingOffsets(OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Latest)).Build()
            : builder.SetStartingOffsets(OffsetsInitializer.Latest()).Build();
        await using ISplitEnumerator enumerator = source.CreateEnumerator(Contexts.Task());
        IReadOnlyList<SourceSplit> first = await enumerator.DiscoverAsync(isInitial: true, Deadline.Token());
        TimeSpan? soon = enumerator.DiscoveryInterval;
        using (IAdminClient admin = new AdminClientBuilder(Properties()).SetLogHandler(static (_, _) => { }).Build())
        {
            await admin.CreateTopicsAsync([
                new TopicSpecification
                {
                    Name = "later",
                    NumPartitions = 1,
                    ReplicationFactor = 1,
                },
            ]);
        }

        Fill("later", 1, 0, 3);
        IReadOnlyList<SourceSplit> second = await enumerator.DiscoverAsync(isInitial: false, Deadline.Token());
        await using SourceDriver<string> driver = SourceDriver<string>.Restore(source, [.. second.Where(split => split.Id == "later-0")]);
        driver.ReadRecords(3);

        Assert.DoesNotContain(first, split => split.Id == "later-0");
        Assert.Equal(["0", "1", "2"], driver.Output.Values);
        Assert.InRange(soon!.Value, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Equal(TimeSpan.FromMinutes(5), enumerator.DiscoveryInterval);
    }

    private KafkaSourceBuilder<string> Strings() =>
        KafkaSource.Builder<string>().SetBootstrapServers(BootstrapServers).SetTopics("in").SetDeserializer(SimpleStringSchema.Instance);
}
