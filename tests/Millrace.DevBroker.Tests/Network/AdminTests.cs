using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

public sealed class AdminTests
{
    [Fact]
    public async Task ShouldCreateDescribeAndDeleteTopics()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, Create(client, "new", configs: [new() { Name = "cleanup.policy", Value = "compact" }]).Error);
        Assert.Equal(ErrorCode.TopicAlreadyExists, Create(client, "new").Error);
        Assert.Equal("compact", Config(client, "new", "cleanup.policy").Value);
        Assert.Equal(ErrorCode.None, Delete(client, "new"));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, Delete(client, "new"));
    }

    [Theory]
    [InlineData("../../etc", 1, 1, ErrorCode.InvalidTopic)]
    [InlineData("..", 1, 1, ErrorCode.InvalidTopic)]
    [InlineData("", 1, 1, ErrorCode.InvalidTopic)]
    [InlineData("x", 0, 1, ErrorCode.InvalidPartitions)]
    [InlineData("x", int.MaxValue, 1, ErrorCode.InvalidPartitions)]
    [InlineData("x", 1, 3, ErrorCode.InvalidReplicationFactor)]
    public async Task ShouldRefuseTopics_ThatCannotBe(string name, int partitions, short replicas, ErrorCode expected)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        CreateTopics.TopicResult result = Create(client, name, partitions, replicas);
        Assert.Equal(expected, result.Error);
        Assert.NotNull(result.ErrorMessage);
    }

    [Fact]
    public async Task ShouldChangeConfigs_OneByOneAndAllAtOnce()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, Alter(client, "retention.ms", 0, "1000"));
        Assert.Equal(ErrorCode.None, Alter(client, "cleanup.policy", 2, "compact"));
        Assert.Equal("delete,compact", Config(client, BrokerFixture.Topic, "cleanup.policy").Value);
        Assert.Equal(ErrorCode.None, Alter(client, "cleanup.policy", 3, "delete"));
        Assert.Equal("compact", Config(client, BrokerFixture.Topic, "cleanup.policy").Value);
        Assert.Equal(ErrorCode.InvalidConfig, Alter(client, "retention.ms", 0, "soon"));
        Assert.Equal(ErrorCode.InvalidConfig, Alter(client, "no.such.config", 0, "1"));
        AlterConfigs.Response replaced = client.Send<AlterConfigs.Request, AlterConfigs.Response>(
            new AlterConfigs.Request
            {
                Resources =
                [
                    new()
                    {
                        Type = 2,
                        Name = BrokerFixture.Topic,
                        Configs = [new() { Name = "segment.bytes", Value = "2048" }],
                    },
                ],
            },
            2
        );
        Assert.Equal(ErrorCode.None, replaced.Responses![0].Error);
        Assert.Equal(
            ("delete", "2048"),
            (Config(client, BrokerFixture.Topic, "cleanup.policy").Value, Config(client, BrokerFixture.Topic, "segment.bytes").Value)
        );
    }

    [Fact]
    public async Task ShouldAddPartitions_ButNeverTakeThemAway()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, Grow(client, 5));
        Assert.Equal(
            5,
            client.Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12).Topics!.Single().Partitions!.Count
        );
        Assert.Equal(ErrorCode.InvalidPartitions, Grow(client, 4));

        static ErrorCode Grow(WireClient client, int count) =>
            client
                .Send<CreatePartitions.Request, CreatePartitions.Response>(
                    new CreatePartitions.Request
                    {
                        Topics =
                        [
                            new()
                            {
                                Name = BrokerFixture.Topic,
                                Count = count,
                                Assignments = null,
                            },
                        ],
                    },
                    3
                )
                .Results![0]
                .Error;
    }

    [Fact]
    public async Task ShouldListOffsets_OfBothEndsAndByTime()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        BrokerFixture.Append(client, RecordBatches.Create([(null, "a"), (null, "b"), (null, "c")], timestamp: 100, timestampStep: 10));
        DeleteRecords.Response deleted = client.Send<DeleteRecords.Request, DeleteRecords.Response>(
            new DeleteRecords.Request { Topics = [new() { Name = BrokerFixture.Topic, Partitions = [new() { Offset = 1 }] }] },
            2
        );
        Assert.Equal(1, deleted.Topics![0].Partitions![0].LowWatermark);
        Assert.Equal(
            [(1L, -1L), (3L, -1L), (2L, 120L), (1L, 110L), (2L, 120L), (-1L, -1L)],
            new long[] { -2, -1, -3, 0, 111, 121 }.Select(t => Offset(client, t))
        );

        static (long Offset, long Timestamp) Offset(WireClient client, long timestamp)
        {
            ListOffsets.Request request = new()
            {
                Topics = [new() { Name = BrokerFixture.Topic, Partitions = [new() { Timestamp = timestamp, CurrentLeaderEpoch = -1 }] }],
            };
            ListOffsets.PartitionResult found = client.Send<ListOffsets.Request, ListOffsets.Response>(request, 7).Topics![0].Partitions![
                0
            ];
            Assert.Equal(ErrorCode.None, found.Error);
            return (found.Offset, found.Timestamp);
        }
    }

    private static CreateTopics.TopicResult Create(
        WireClient client,
        string name,
        int partitions = 1,
        short replicas = 1,
        List<CreateTopics.Config>? configs = null
    ) =>
        client
            .Send<CreateTopics.Request, CreateTopics.Response>(
                new CreateTopics.Request
                {
                    Topics =
                    [
                        new()
                        {
                            Name = name,
                            NumPartitions = partitions,
                            ReplicationFactor = replicas,
                            Configs = configs ?? [],
                        },
                    ],
                },
                7
            )
            .Topics![0];

    private static ErrorCode Delete(WireClient client, string name) =>
        client
            .Send<DeleteTopics.Request, DeleteTopics.Response>(new DeleteTopics.Request { Topics = [new() { Name = name }] }, 6)
            .Responses![0]
            .Error;

    private static DescribeConfigs.ConfigResult Config(WireClient client, string topic, string name) =>
        client
            .Send<DescribeConfigs.Request, DescribeConfigs.Response>(
                new DescribeConfigs.Request
                {
                    Resources =
                    [
                        new()
                        {
                            Type = 2,
                            Name = topic,
                            Keys = [name],
                        },
                    ],
                },
                4
            )
            .Results![0]
            .Configs!.Single();

    private static ErrorCode Alter(WireClient client, string name, sbyte operation, string value) =>
        client
            .Send<IncrementalAlterConfigs.Request, IncrementalAlterConfigs.Response>(
                new IncrementalAlterConfigs.Request
                {
                    Resources =
                    [
                        new()
                        {
                            Type = 2,
                            Name = BrokerFixture.Topic,
                            Configs =
                            [
                                new()
                                {
                                    Name = name,
                                    Operation = operation,
                                    Value = value,
                                },
                            ],
                        },
                    ],
                },
                1
            )
            .Responses![0]
            .Error;
}
