using Microsoft.Extensions.Time.Testing;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

/// <summary>The fault that lets a topic become visible only some time after its creation was answered, as on Apache Kafka.</summary>
public sealed class TopicVisibilityTests
{
    private const string New = "new";
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task ShouldGoFromUnknownToLeaderlessToUsable_WhenATopicWasCreated()
    {
        await using BrokerFixture fixture = await StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal((ErrorCode.None, ErrorCode.TopicAlreadyExists), (Create(client), Create(client)));
        AssertAnswers(client, ErrorCode.UnknownTopicOrPartition, ErrorCode.UnknownTopicOrPartition, leader: null);
        _time.Advance(TimeSpan.FromMilliseconds(101));
        AssertAnswers(client, ErrorCode.None, ErrorCode.NotLeaderOrFollower, leader: -1);
        _time.Advance(TimeSpan.FromMilliseconds(100));
        AssertAnswers(client, ErrorCode.None, ErrorCode.None, leader: 1);
    }

    [Fact]
    public async Task ShouldShowAtOnce_WhatExistsFromTheStartAndWhatIsCreatedAfterTheFault()
    {
        await using BrokerFixture fixture = await StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(ErrorCode.None, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
        fixture.Broker.Faults.Clear();
        Create(client);
        AssertAnswers(client, ErrorCode.None, ErrorCode.None, leader: 1);
    }

    [Fact]
    public async Task ShouldHideTopicsThatAreCreatedOnDemand_Too()
    {
        await using BrokerFixture fixture = await StartAsync();
        using WireClient client = fixture.Connect();
        Metadata.Request request = new() { Topics = [new() { Name = New }] };
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, client.Send<Metadata.Request, Metadata.Response>(request, 12).Topics![0].Error);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal(1, client.Send<Metadata.Request, Metadata.Response>(request, 12).Topics![0].Partitions![0].LeaderId);
    }

    [Fact]
    public async Task ShouldBeDeletable_WhileItIsOutOfSight()
    {
        await using BrokerFixture fixture = await StartAsync();
        using WireClient client = fixture.Connect();
        Create(client);
        DeleteTopics.Response deleted = client.Send<DeleteTopics.Request, DeleteTopics.Response>(
            new DeleteTopics.Request { Topics = [new() { Name = New }] },
            6
        );
        Assert.Equal(ErrorCode.None, deleted.Responses![0].Error);
        Assert.Equal(ErrorCode.None, Create(client));
    }

    private static ErrorCode Create(WireClient client) =>
        client
            .Send<CreateTopics.Request, CreateTopics.Response>(
                new CreateTopics.Request
                {
                    Topics =
                    [
                        new()
                        {
                            Name = New,
                            NumPartitions = 1,
                            ReplicationFactor = 1,
                        },
                    ],
                },
                7
            )
            .Topics![0]
            .Error;

    private static void AssertAnswers(WireClient client, ErrorCode metadata, ErrorCode data, int? leader)
    {
        Metadata.TopicMetadata named = client
            .Send<Metadata.Request, Metadata.Response>(
                new Metadata.Request { Topics = [new() { Name = New }], AllowAutoTopicCreation = false },
                12
            )
            .Topics![0];
        Assert.Equal((metadata, leader), (named.Error, named.Partitions!.Count == 0 ? null : named.Partitions[0].LeaderId));
        if (leader is not null)
        {
            Assert.Equal(leader < 0 ? ErrorCode.LeaderNotAvailable : ErrorCode.None, named.Partitions[0].Error);
        }

        List<Metadata.TopicMetadata> all = client
            .Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12)
            .Topics!;
        Assert.Equal(leader is not null, all.Exists(t => t.Name == New));

        ListOffsets.Request offsets = new()
        {
            Topics = [new() { Name = New, Partitions = [new() { Timestamp = -1, CurrentLeaderEpoch = -1 }] }],
        };
        Assert.Equal(data, client.Send<ListOffsets.Request, ListOffsets.Response>(offsets, 7).Topics![0].Partitions![0].Error);

        Produce.Request produce = BrokerFixture.ProduceOf(RecordBatches.Of("a"));
        TopicOf<Produce.Partition> produced = produce.Topics![0];
        produced.Name = New;
        produce.Topics[0] = produced;
        Assert.Equal(data, client.Send<Produce.Request, Produce.Response>(produce, 9).Topics![0].Partitions![0].Error);

        Fetch.Request fetch = BrokerFixture.FetchOf(0, maxWaitMs: 10_000);
        Fetch.Topic<Fetch.Partition> fetched = fetch.Topics![0];
        fetched.Name = New;
        fetch.Topics[0] = fetched;
        Assert.Equal(data, client.Send<Fetch.Request, Fetch.Response>(fetch, 12).Topics![0].Partitions![0].Error);

        DescribeConfigs.Request configs = new()
        {
            Resources =
            [
                new()
                {
                    Type = 2,
                    Name = New,
                    Keys = ["retention.ms"],
                },
            ],
        };
        Assert.Equal(metadata, client.Send<DescribeConfigs.Request, DescribeConfigs.Response>(configs, 4).Results![0].Error);
    }

    private Task<BrokerFixture> StartAsync() =>
        BrokerFixture.StartAsync(options =>
        {
            options.TimeProvider = _time;
            options.TopicVisibilityDelay = TimeSpan.FromMilliseconds(200);
        });
}
