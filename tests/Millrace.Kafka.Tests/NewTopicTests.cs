using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Millrace.Connectors;
using Millrace.DevBroker;
using Millrace.Kafka.Consuming;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Sources;
using Millrace.Serialization;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests;

/// <summary>
/// Topics that were created a moment ago, on a broker that answers a creation before it knows the topic and before its partitions have
/// leaders, as Apache Kafka does.
/// </summary>
public sealed class NewTopicTests : BrokerTest
{
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(400);

    [OwnBrokerTheory]
    [InlineData("earliest")]
    [InlineData("latest")]
    [InlineData("time")]
    public async Task ShouldFindAllPartitions_WhenASourcesTopicIsNew(string from)
    {
        await CreateAsync("new", partitions: 3);
        KafkaSource<string> source = Strings("new")
            .SetStartingOffsets(
                from switch
                {
                    "earliest" => OffsetsInitializer.Earliest(),
                    "latest" => OffsetsInitializer.Latest(),
                    _ => OffsetsInitializer.Timestamp(DateTimeOffset.UnixEpoch),
                }
            )
            .SetBounded(OffsetsInitializer.Latest())
            .Build();

        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(source);
        driver.ReadToEnd();

        Assert.Equal(3, driver.Reader.SnapshotSplits(1).Count);
    }

    [OwnBrokerFact]
    public async Task ShouldBeginAtTheBeginning_WhenASourcesTopicWasUnknownAtFirst()
    {
        // Long enough for the client to connect while the topic is unknown.
        Broker.Faults.TopicVisibilityDelay = TimeSpan.FromSeconds(6);
        await CreateAsync("new", partitions: 1);
        IReadOnlyList<SourceSplit> splits = await SourceDriver<string>.DiscoverAsync(
            Strings("new").SetStartingOffsets(OffsetsInitializer.Latest()).Build(),
            isInitial: true
        );

        Assert.Equal(LogicalOffset.Beginning, KafkaSplit.From(Assert.Single(splits)).Position);
    }

    [OwnBrokerFact]
    public async Task ShouldReadWhatIsWrittenMeanwhile_WhenASourcesTopicIsNew()
    {
        await CreateAsync("new", partitions: 2);
        await using SourceDriver<string> driver = await SourceDriver<string>.StartAsync(Strings("new").Build());
        Fill("new", partitions: 2, first: 0, count: 10);

        driver.ReadRecords(10);

        Assert.Equal(10, driver.Output.Records.Count);
    }

    [OwnBrokerFact]
    public async Task ShouldFindPartitionsAndOffsets_WhenTheTopicOfATriggerIsNew()
    {
        await CreateAsync("new", partitions: 3);
        await using IRawTopicReader reader = Strings("new")
            .SetStartingOffsets(OffsetsInitializer.Latest())
            .Build()
            .CreateTopicReader(Contexts.Task());

        Assert.Equal(3, await reader.CountPartitionsAsync("new", Deadline.Token()));
        Assert.Equal(0, await reader.FindStartAsync("new", 2, isInitial: true, Deadline.Token()));
        Assert.Equal(-1, await reader.FindLastRecordAsync("new", 1, 0, Deadline.Token()));
        Assert.Equal([0, 0, 0], await EndsAsync(reader));

        Fill("new", partitions: 2, first: 0, count: 10);
        Assert.Equal([5, 5, 0, -1], await EndsAsync(reader, 0, 1, 2, 9));
    }

    private static Task<IReadOnlyList<long>> EndsAsync(IRawTopicReader reader, params IEnumerable<int> partitions) =>
        reader.FindEndsAsync([.. (partitions.Any() ? partitions : [0, 1, 2]).Select(p => new RawPosition("new", p, 0))], Deadline.Token());

    [OwnBrokerFact]
    public async Task ShouldWriteToThePartitionThatIsChosen_WhenASinksTopicIsNew()
    {
        await CreateAsync("new", partitions: 3);
        await using (SinkDriver<string> driver = new(Sink().SetTopic("new").SetPartitioner((_, _, count) => count - 1).Build()))
        {
            driver.Write("a", "b");
            driver.Flush();
        }

        Assert.Equal(["a", "b"], await ReadAllAsync("new"));
    }

    [OwnBrokerFact]
    public async Task ShouldCommitATransaction_WhenASinksTopicIsNew()
    {
        await CreateAsync("new", partitions: 1);
        await using (SinkDriver<string> driver = new(Sink().SetTopic("new").SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce).Build()))
        {
            driver.Recover();
            driver.Write("a");
            driver.Commit(driver.Prepare(1));
        }

        Assert.Equal(["a"], await ReadAllAsync("new"));
    }

    [OwnBrokerFact]
    public async Task ShouldSendOnce_WhenTheTopicOfProgressIsMadeByTheSink()
    {
        KafkaSink<string> sink = Sink().SetTopic("out").SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce).Build();
        await using (IDurableSinkSender sender = sink.CreateSender(Contexts.Task()))
        {
            await sender.SendAsync([Record(sink, 1, "a"), Record(sink, 2, "b")], Deadline.Token());
        }
        await using (IDurableSinkSender successor = sink.CreateSender(Contexts.Task()))
        {
            await successor.SendAsync([Record(sink, 2, "b"), Record(sink, 3, "c")], Deadline.Token());
        }

        Assert.Equal(["a", "b", "c"], await ReadAllAsync("out"));
    }

    [Fact]
    public async Task ShouldCompactTheTopicOfProgress_WhenTheClusterCreatesTopicsOnDemand()
    {
        await using Millrace.DevBroker.DevBroker eager = await Millrace.DevBroker.DevBroker.StartAsync(
            new DevBrokerOptions { TopicVisibilityDelay = Delay, Topics = { ["out"] = 1 } }
        );
        KafkaSink<string> sink = KafkaSink
            .Builder<string>()
            .SetBootstrapServers(eager.BootstrapServers)
            .SetValueSerializer(SimpleStringSchema.Instance)
            .SetTopic("out")
            .SetDeliveryGuarantee(DeliveryGuarantee.ExactlyOnce)
            .Build();
        await using (IDurableSinkSender sender = sink.CreateSender(Contexts.Task()))
        {
            await sender.SendAsync([Record(sink, 1, "a")], Deadline.Token());
        }

        using IAdminClient admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = eager.BootstrapServers })
            .SetLogHandler(static (_, _) => { })
            .Build();
        List<DescribeConfigsResult> described = await admin.DescribeConfigsAsync([
            new ConfigResource { Type = ResourceType.Topic, Name = "millrace-progress" },
        ]);
        Assert.Equal("compact", described[0].Entries["cleanup.policy"].Value);
    }

    [OwnBrokerFact]
    public async Task ShouldSayThatTheTopicIsUnknown_WhenPatienceHasEnded()
    {
        KafkaSource<string> source = Strings("missing")
            .SetPartitionDiscoveryInterval(null)
            .SetProperty(NewTopics.PatienceProperty, "100")
            .Build();
        KafkaClientException error = await Assert.ThrowsAsync<KafkaClientException>(() =>
            SourceDriver<string>.DiscoverAsync(source, isInitial: true)
        );
        Assert.Contains("'missing'", error.Message, StringComparison.Ordinal);
    }

    [OwnBrokerFact]
    public void ShouldAskAgainAfterWaitsThatGrow_UntilPatienceEnds()
    {
        int asked = 0;
        Assert.Throws<KafkaClientException>(() =>
            NewTopics.Await<int>(
                () =>
                {
                    asked++;
                    throw new KafkaClientException("unknown", 3, "UNKNOWN_TOPIC_OR_PART", isFatal: false, isRetriable: true);
                },
                TimeSpan.FromMilliseconds(300),
                Deadline.Token()
            )
        );

        // After 20, 40, 80 and 160 ms.
        Assert.Equal(5, asked);
    }

    [OwnBrokerFact]
    public void ShouldFailAtOnce_WhenTheErrorIsAnother()
    {
        int asked = 0;
        Assert.Throws<KafkaClientException>(() =>
            NewTopics.Await<int>(
                () =>
                {
                    asked++;
                    throw new KafkaClientException("forbidden", 29, "TOPIC_AUTHORIZATION_FAILED", isFatal: false, isRetriable: false);
                },
                TimeSpan.FromMinutes(1),
                Deadline.Token()
            )
        );
        Assert.Equal(1, asked);
    }

    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1)];

    internal override void Configure(DevBrokerOptions options) => options.TopicVisibilityDelay = Delay;

    private static DurableSinkRecord Record(KafkaSink<string> sink, long sequence, string value)
    {
        DataWriter writer = new();
        sink.Encode(value, timestamp: 0, writer);
        return new DurableSinkRecord(sequence, $"r{sequence}", writer.WrittenSpan.ToArray());
    }

    private async Task CreateAsync(string topic, int partitions)
    {
        using IAdminClient admin = new AdminClientBuilder(Properties()).SetLogHandler(static (_, _) => { }).Build();
        await admin.CreateTopicsAsync([
            new TopicSpecification
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = 1,
            },
        ]);
    }

    private KafkaSourceBuilder<string> Strings(string topic) =>
        KafkaSource.Builder<string>().SetBootstrapServers(BootstrapServers).SetTopics(topic).SetDeserializer(SimpleStringSchema.Instance);

    private KafkaSinkBuilder<string> Sink() =>
        KafkaSink.Builder<string>().SetBootstrapServers(BootstrapServers).SetValueSerializer(SimpleStringSchema.Instance);
}
