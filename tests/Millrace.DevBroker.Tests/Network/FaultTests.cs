using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

public sealed class FaultTests
{
    [Fact]
    public async Task ShouldFailSoManyRequests_AndThenGoOn()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        fixture.Broker.Faults.Fail(ApiKey.Produce, ErrorCode.NotLeaderOrFollower, times: 2);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
        Assert.Equal(0, BrokerFixture.Append(client, RecordBatches.Of("a")).BaseOffset);
    }

    [Fact]
    public async Task ShouldDropTheConnection_BeforeTheRequestIsDone()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        fixture.Broker.Faults.DropRequest(ApiKey.Produce);
        using (WireClient dropped = fixture.Connect())
        {
            dropped.Post(BrokerFixture.ProduceOf(RecordBatches.Of("lost")), 9);
            Assert.True(dropped.IsClosedByBroker());
        }

        using WireClient client = fixture.Connect();
        Assert.Empty(BrokerFixture.Read(client, 0));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(20)]
    public async Task ShouldCutAConnection_AfterSoManyBytes(int bytes)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        fixture.Broker.Faults.DropNextConnectionAfter(bytes);
        using WireClient cut = fixture.Connect();
        cut.Post(new Metadata.Request { Topics = null }, 12);
        Assert.ThrowsAny<Exception>(() => cut.Receive<Metadata.Request, Metadata.Response>(12));
        using WireClient whole = fixture.Connect();
        Assert.Single(whole.Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12).Topics!);
    }

    [Fact]
    public async Task ShouldDropAllConnections()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        BrokerFixture.Append(client, RecordBatches.Of("a"));
        Assert.Equal(1, fixture.Broker.Faults.DropAllConnections());
        Assert.True(client.IsClosedByBroker());
    }

    [Fact]
    public async Task ShouldDelayRequests_OnTheBrokersClock()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider time = new();
        await using BrokerFixture fixture = await BrokerFixture.StartAsync(o => o.TimeProvider = time);
        using WireClient client = fixture.Connect();
        fixture.Broker.Faults.Delay(ApiKey.Produce, TimeSpan.FromHours(1), times: 1);
        client.Post(BrokerFixture.ProduceOf(RecordBatches.Of("late")), 9);
        using WireClient other = fixture.Connect();
        Assert.Empty(BrokerFixture.Read(other, 0));
        Task<Produce.Response> answered = Task.Run(() => client.Receive<Produce.Request, Produce.Response>(9));
        while (!answered.IsCompleted)
        {
            time.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }

        Assert.Equal(ErrorCode.None, (await answered).Topics![0].Partitions![0].Error);
    }

    [Fact]
    public async Task ShouldSayStorageError_WhenTheDiskIsFull()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        fixture.Broker.Faults.DiskFull = true;
        Assert.Equal(ErrorCode.KafkaStorageError, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
        fixture.Broker.Faults.Clear();
        Assert.Equal(0, BrokerFixture.Append(client, RecordBatches.Of("a")).BaseOffset);
    }
}
