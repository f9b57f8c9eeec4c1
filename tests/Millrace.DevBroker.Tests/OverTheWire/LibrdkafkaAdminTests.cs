using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Millrace.DevBroker.Tests.OverTheWire;

[Trait(Clients.Trait, Clients.Librdkafka)]
public class LibrdkafkaAdminTests(BrokerUnderTest broker) : IClassFixture<BrokerUnderTest>
{
    [Fact]
    public async Task ShouldCreateGrowAndDeleteTopic_WhenLibrdkafkaAdministersIt()
    {
        string topic = await broker.CreateTopicAsync(2);
        using IAdminClient admin = broker.Admin();
        Assert.Equal(2, admin.GetMetadata(topic, Librdkafka.Patience).Topics[0].Partitions.Count);

        CreateTopicsException again = await Assert.ThrowsAsync<CreateTopicsException>(() =>
            admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = 1 }])
        );
        Assert.Equal(ErrorCode.TopicAlreadyExists, again.Results[0].Error.Code);

        await admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 5 }]);
        await Eventually.Until(
            () => admin.GetMetadata(topic, Librdkafka.Patience).Topics[0].Partitions.Count == 5,
            "five partitions in the metadata"
        );
        CreatePartitionsException fewer = await Assert.ThrowsAsync<CreatePartitionsException>(() =>
            admin.CreatePartitionsAsync([new PartitionsSpecification { Topic = topic, IncreaseTo = 3 }])
        );
        Assert.Equal(ErrorCode.InvalidPartitions, fewer.Results[0].Error.Code);

        string group = BrokerUnderTest.Unique("group");
        await admin.AlterConsumerGroupOffsetsAsync([
            new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(topic, 0, 7)]),
        ]);
        await admin.DeleteTopicsAsync([topic]);
        await Eventually.Until(
            () => admin.GetMetadata(Librdkafka.Patience).Topics.TrueForAll(each => each.Topic != topic),
            "the topic gone from the metadata"
        );
        DeleteTopicsException gone = await Assert.ThrowsAsync<DeleteTopicsException>(() => admin.DeleteTopicsAsync([topic]));
        Assert.Equal(ErrorCode.UnknownTopicOrPart, gone.Results[0].Error.Code);
        await Eventually.Until(
            () => Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, 1).GetAwaiter().GetResult()[0] == Offset.Unset.Value,
            "what was committed for the topic is gone with it"
        );
    }

    [Fact]
    public async Task ShouldKeepConfigs_WhenLibrdkafkaSetsThem()
    {
        string topic = await broker.CreateTopicAsync(
            1,
            new Dictionary<string, string>(StringComparer.Ordinal) { ["retention.ms"] = "123456" }
        );
        using IAdminClient admin = broker.Admin();
        ConfigResource resource = new() { Type = ResourceType.Topic, Name = topic };
        async Task<Dictionary<string, ConfigEntryResult>> Describe() => (await admin.DescribeConfigsAsync([resource]))[0].Entries;
        Dictionary<string, ConfigEntryResult> created = await Describe();
        Assert.Equal("123456", created["retention.ms"].Value);
        Assert.False(created["retention.ms"].IsDefault);
        Assert.True(created["cleanup.policy"].IsDefault);

        await admin.IncrementalAlterConfigsAsync(
            new Dictionary<ConfigResource, List<ConfigEntry>>
            {
                [resource] =
                [
                    new ConfigEntry
                    {
                        Name = "cleanup.policy",
                        Value = "compact",
                        IncrementalOperation = AlterConfigOpType.Set,
                    },
                    new ConfigEntry { Name = "retention.ms", IncrementalOperation = AlterConfigOpType.Delete },
                ],
            }
        );

        await Eventually.Until(() => Describe().GetAwaiter().GetResult()["cleanup.policy"].Value == "compact", "the policy is compact");
        Assert.True((await Describe())["retention.ms"].IsDefault);
    }

    [Fact]
    public async Task ShouldHideRecords_WhenLibrdkafkaDeletesThem()
    {
        string topic = await broker.CreateTopicAsync();
        using IProducer<string?, string?> producer = broker.Producer();
        for (int i = 0; i < 10; i++)
        {
            producer.Produce(topic, new Message<string?, string?> { Value = $"{i}" });
        }

        producer.Flush(Librdkafka.Patience);
        using IAdminClient admin = broker.Admin();

        List<DeleteRecordsResult> deleted = await admin.DeleteRecordsAsync([new TopicPartitionOffset(topic, 0, 4)]);

        Assert.Equal(4, deleted[0].Offset.Value);
        Assert.Equal(["4", "5", "6", "7", "8", "9"], broker.ReadAll(topic).Select(each => each.Message.Value));
    }

    [Fact]
    public async Task ShouldListDescribeAndDeleteGroups_WhenLibrdkafkaAsks()
    {
        string topic = await broker.CreateTopicAsync(2);
        string group = BrokerUnderTest.Unique("group");
        using IAdminClient admin = broker.Admin();
        using IProducer<string?, string?> producer = broker.Producer();
        await producer.ProduceAsync(new TopicPartition(topic, 0), new Message<string?, string?> { Value = "v" });
        using (
            IConsumer<string?, string?> consumer = broker.Consumer(config =>
            {
                config.GroupId = group;
                config.ClientId = "describe-me";
            })
        )
        {
            consumer.Subscribe(topic);
            using CancellationTokenSource deadline = new(Librdkafka.Patience);
            while (consumer.Consume(deadline.Token) is { IsPartitionEOF: true }) { }

            consumer.Commit();
            ConsumerGroupDescription described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
            Assert.Equal(ConsumerGroupState.Stable, described.State);
            Assert.Equal("range", described.PartitionAssignor);
            MemberDescription member = Assert.Single(described.Members);
            Assert.Equal("describe-me", member.ClientId);
            Assert.Equal(2, member.Assignment.TopicPartitions.Count);
            DeleteGroupsException busy = await Assert.ThrowsAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync([group]));
            Assert.Equal(ErrorCode.NonEmptyGroup, busy.Results[0].Error.Code);
            consumer.Close();
        }

        ListConsumerGroupsResult listed = await admin.ListConsumerGroupsAsync(
            new ListConsumerGroupsOptions { MatchStates = [ConsumerGroupState.Empty] }
        );
        Assert.Contains(listed.Valid, each => each.GroupId == group && !each.IsSimpleConsumerGroup);
        Assert.Equal(1, (await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, 2))[0]);

        await admin.AlterConsumerGroupOffsetsAsync([
            new ConsumerGroupTopicPartitionOffsets(group, [new TopicPartitionOffset(topic, 1, 7)]),
        ]);
        await admin.DeleteConsumerGroupOffsetsAsync(group, [new TopicPartition(topic, 0)]);
        Dictionary<int, long> committed = await Librdkafka.CommittedAsync(broker.BootstrapServers, group, topic, 2);
        Assert.Equal((Offset.Unset.Value, 7L), (committed[0], committed[1]));

        await admin.DeleteGroupsAsync([group]);
        ListConsumerGroupsResult after = await admin.ListConsumerGroupsAsync();
        Assert.DoesNotContain(after.Valid, each => each.GroupId == group);
        DeleteGroupsException gone = await Assert.ThrowsAsync<DeleteGroupsException>(() => admin.DeleteGroupsAsync([group]));
        Assert.Equal(ErrorCode.GroupIdNotFound, gone.Results[0].Error.Code);
    }

    [Fact]
    public async Task ShouldDescribeCluster_WhenLibrdkafkaAsks()
    {
        using IAdminClient admin = broker.Admin();

        DescribeClusterResult cluster = await admin.DescribeClusterAsync();

        Assert.NotEmpty(cluster.ClusterId);
        Assert.NotEmpty(cluster.Nodes);
        Assert.Contains(cluster.Nodes, node => node.Id == cluster.Controller.Id);
    }
}
