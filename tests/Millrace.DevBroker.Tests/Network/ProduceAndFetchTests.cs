using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

public sealed class ProduceAndFetchTests
{
    public static TheoryData<int> FetchVersions =>
        [.. Enumerable.Range(Fetch.Request.Api.MinVersion, Fetch.Request.Api.MaxVersion - Fetch.Request.Api.MinVersion + 1)];

    [Theory]
    [MemberData(nameof(FetchVersions))]
    public async Task ShouldFetch_InEveryVersion(int version)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        BrokerFixture.Append(client, RecordBatches.Of("a", "b"));
        Guid id = client.Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12).Topics!.Single().TopicId;
        Fetch.Request request = BrokerFixture.FetchOf(1);
        request.Topics![0].TopicId = id;
        Fetch.Topic<Fetch.PartitionResult> response = client.Send<Fetch.Request, Fetch.Response>(request, (short)version).Topics!.Single();
        Assert.Equal(version >= 13 ? id : Guid.Empty, response.TopicId);
        Fetch.PartitionResult partition = response.Partitions!.Single();
        Assert.Equal((ErrorCode.None, 2L, 2L), (partition.Error, partition.HighWatermark, partition.LastStableOffset));
        Assert.Equal(2, RecordBatches.Read(partition.Records.Bytes!.Value.Span).Count);
    }

    [Fact]
    public async Task ShouldNotAnswer_WhenNoAcknowledgementIsWanted()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        client.Post(BrokerFixture.ProduceOf(RecordBatches.Of("quiet"), acks: 0), 9);
        Assert.Equal("quiet", BrokerFixture.Read(client, 0).Single().Value);
    }

    [Fact]
    public async Task ShouldCloseTheConnection_WhenAnUnacknowledgedBatchIsRefused()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        client.Post(BrokerFixture.ProduceOf(RecordBatches.Of("nowhere"), acks: 0, partition: 99), 9);
        Assert.True(client.IsClosedByBroker());

        // The line follows the close that the client has seen.
        Assert.True(
            SpinWait.SpinUntil(
                () => fixture.Logs.Lines.Count(l => l.Contains("UnknownTopicOrPartition", StringComparison.Ordinal)) == 1,
                TimeSpan.FromSeconds(10)
            )
        );
    }

    [Fact]
    public async Task ShouldLeaveForeignDirectoriesAlone_WhenItCleansUp()
    {
        string directory = Path.Combine(Path.GetTempPath(), "millrace-broker-" + Guid.NewGuid().ToString("N"));
        try
        {
            string foreign = Directory.CreateDirectory(Path.Combine(directory, "topics", "notes")).FullName;
            string similar = Directory.CreateDirectory(Path.Combine(directory, "topics", "notes.0123abcd", "drafts")).FullName;
            string forgotten = Directory.CreateDirectory(Path.Combine(directory, "topics", "gone.0123abcd", "0")).FullName;
            await using BrokerFixture fixture = await BrokerFixture.StartAsync(o => o.Directory = directory);
            Assert.Equal((true, true, false), (Directory.Exists(foreign), Directory.Exists(similar), Directory.Exists(forgotten)));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task ShouldAnswerRepeatsWithTheOriginalOffset_WhenTheFirstAnswerWasLost()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        byte[] batch = RecordBatches.Create([(null, "once")], producerId: 5, epoch: 0, sequence: 0);
        fixture.Broker.Faults.DropResponse(ApiKey.Produce);
        using (WireClient first = fixture.Connect())
        {
            first.Post(BrokerFixture.ProduceOf(batch), 9);
            Assert.True(first.IsClosedByBroker());
        }

        using WireClient second = fixture.Connect();
        Produce.PartitionResult repeated = BrokerFixture.Append(second, batch);
        Assert.Equal((ErrorCode.None, 0L), (repeated.Error, repeated.BaseOffset));
        Assert.Single(BrokerFixture.Read(second, 0));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldFindEverythingAgain_WhenItStartsInTheSameDirectory(bool fsync)
    {
        string directory = Path.Combine(Path.GetTempPath(), "millrace-broker-" + Guid.NewGuid().ToString("N"));
        try
        {
            void Configure(DevBrokerOptions options)
            {
                options.Directory = directory;
                options.Fsync = fsync;
            }

            await using (BrokerFixture first = await BrokerFixture.StartAsync(Configure))
            {
                using WireClient client = first.Connect();
                BrokerFixture.Append(client, RecordBatches.Of("a"));
                await Assert.ThrowsAsync<IOException>(() => DevBroker.StartAsync(new DevBrokerOptions { Directory = directory }));
            }

            await using BrokerFixture second = await BrokerFixture.StartAsync(Configure);
            using WireClient again = second.Connect();
            BrokerFixture.Append(again, RecordBatches.Of("b"));
            Assert.Equal(["a", "b"], BrokerFixture.Read(again, 0).Select(r => r.Value));
            Metadata.Partition partition = again
                .Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12)
                .Topics!.Single()
                .Partitions![0];
            Assert.Equal(1, partition.LeaderEpoch);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
