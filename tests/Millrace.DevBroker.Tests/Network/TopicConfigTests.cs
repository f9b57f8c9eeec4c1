using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

/// <summary>The topic configs of Apache Kafka 4.3.</summary>
public sealed class TopicConfigTests
{
    [Theory]
    [InlineData("cleanup.policy", "compact, delete")]
    [InlineData("cleanup.policy", "")]
    [InlineData("compression.gzip.level", "9")]
    [InlineData("compression.gzip.level", "-1")]
    [InlineData("compression.lz4.level", "17")]
    [InlineData("compression.type", "lz4")]
    [InlineData("compression.type", "uncompressed")]
    [InlineData("compression.zstd.level", "-5")]
    [InlineData("delete.retention.ms", "0")]
    [InlineData("file.delete.delay.ms", "1")]
    [InlineData("flush.messages", "1")]
    [InlineData("flush.ms", "1000")]
    [InlineData("follower.replication.throttled.replicas", "0:1,1:1")]
    [InlineData("index.interval.bytes", "0")]
    [InlineData("leader.replication.throttled.replicas", "*")]
    [InlineData("local.retention.bytes", "-2")]
    [InlineData("local.retention.ms", "1000")]
    [InlineData("max.compaction.lag.ms", "1")]
    [InlineData("max.message.bytes", "0")]
    [InlineData("message.timestamp.after.max.ms", "3600000")]
    [InlineData("message.timestamp.before.max.ms", "0")]
    [InlineData("message.timestamp.type", "LogAppendTime")]
    [InlineData("min.cleanable.dirty.ratio", "0.01")]
    [InlineData("min.compaction.lag.ms", "5")]
    [InlineData("min.insync.replicas", "2")]
    [InlineData("preallocate", "TRUE")]
    [InlineData("remote.log.copy.disable", "true")]
    [InlineData("remote.log.delete.on.disable", "false")]
    [InlineData("remote.storage.enable", "false")]
    [InlineData("retention.bytes", "-7")]
    [InlineData("retention.ms", "-1")]
    [InlineData("segment.bytes", "1048576")]
    [InlineData("segment.index.bytes", "4")]
    [InlineData("segment.jitter.ms", "10")]
    [InlineData("segment.ms", " 1000 ")]
    [InlineData("unclean.leader.election.enable", "true")]
    public async Task ShouldTakeAndShowTheConfig_AtTheCreationAndLater(string name, string value)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal((ErrorCode.None, value), (Create(client, "new", name, value), Shown(client, "new", name)));
        Assert.Equal((ErrorCode.None, value), (Set(client, name, value), Shown(client, BrokerFixture.Topic, name)));
    }

    [Theory]
    [InlineData("cleanup.policy", "shred")]
    [InlineData("cleanup.policy", "delete,delete")]
    [InlineData("compression.gzip.level", "0")]
    [InlineData("compression.gzip.level", "10")]
    [InlineData("compression.lz4.level", "18")]
    [InlineData("compression.type", "LZ4")]
    [InlineData("compression.zstd.level", "23")]
    [InlineData("follower.replication.throttled.replicas", "0-1")]
    [InlineData("local.retention.ms", "-3")]
    [InlineData("max.compaction.lag.ms", "0")]
    [InlineData("message.timestamp.type", "Never")]
    [InlineData("min.cleanable.dirty.ratio", "1.1")]
    [InlineData("min.insync.replicas", "0")]
    [InlineData("preallocate", "yes")]
    [InlineData("remote.storage.enable", "true")]
    [InlineData("retention.ms", "-2")]
    [InlineData("segment.ms", "0")]
    [InlineData("message.format.version", "3.0")]
    [InlineData("no.such.config", "1")]
    public async Task ShouldRefuseTheConfig_WhenKafkaDoes(string name, string value)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal((ErrorCode.InvalidConfig, ErrorCode.InvalidConfig), (Create(client, "new", name, value), Set(client, name, value)));
    }

    [Fact]
    public async Task ShouldRefuseConfigs_ThatContradictEachOther()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, Set(client, "max.compaction.lag.ms", "10"));
        Assert.Equal(ErrorCode.InvalidConfig, Set(client, "min.compaction.lag.ms", "11"));
    }

    [Fact]
    public async Task ShouldKeepEverything_WhenTheCleanupPolicyIsEmpty()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, Set(client, "cleanup.policy", ""));
        Assert.Equal(ErrorCode.None, Set(client, "retention.bytes", "0"));
        Assert.Equal(ErrorCode.None, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
        Assert.Single(BrokerFixture.Read(client, 0));
    }

    private static ErrorCode Create(WireClient client, string topic, string name, string value) =>
        client
            .Send<CreateTopics.Request, CreateTopics.Response>(
                new CreateTopics.Request
                {
                    Topics =
                    [
                        new()
                        {
                            Name = topic,
                            NumPartitions = 1,
                            ReplicationFactor = 1,
                            Configs = [new() { Name = name, Value = value }],
                        },
                    ],
                },
                7
            )
            .Topics![0]
            .Error;

    private static ErrorCode Set(WireClient client, string name, string value) =>
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
                            Configs = [new() { Name = name, Value = value }],
                        },
                    ],
                },
                1
            )
            .Responses![0]
            .Error;

    private static string? Shown(WireClient client, string topic, string name) =>
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
            .Configs!.Single()
            .Value;
}
