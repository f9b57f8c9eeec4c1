using System.Buffers.Binary;
using System.Net;
using System.Text;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

public sealed class ConnectionTests
{
    [Fact]
    public async Task ShouldAnswerInTheOrderOfRequests_EvenBehindALongPoll()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        using WireClient producer = fixture.Connect();
        client.Post(BrokerFixture.FetchOf(0, maxWaitMs: 60_000), 12);
        client.Post(new Metadata.Request { Topics = null }, 12);
        client.Post(BrokerFixture.ProduceOf(RecordBatches.Of("from behind")), 9);

        Fetch.Response fetched = client.Receive<Fetch.Request, Fetch.Response>(12);
        Assert.Equal(1, client.LastCorrelation);
        Assert.Single(RecordBatches.Read(fetched.Topics![0].Partitions![0].Records.Bytes!.Value.Span));
        Assert.Single(client.Receive<Metadata.Request, Metadata.Response>(12).Topics!);
        Assert.Equal(2, client.LastCorrelation);
        client.Receive<Produce.Request, Produce.Response>(9);
        Assert.Equal(3, client.LastCorrelation);
    }

    [Fact]
    public async Task ShouldWakeALongPoll_WhenSomethingIsAppended()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient consumer = fixture.Connect();
        using WireClient producer = fixture.Connect();
        consumer.Post(BrokerFixture.FetchOf(0, maxWaitMs: 60_000), 12);
        BrokerFixture.Append(producer, RecordBatches.Of("hello"));
        Memory<byte> records = consumer.Receive<Fetch.Request, Fetch.Response>(12).Topics![0].Partitions![0].Records.Bytes!.Value;
        Assert.Equal("hello", RecordBatches.Read(records.Span).Single().Value);
    }

    [Fact]
    public async Task ShouldEndALongPollWithNothing_WhenItsTimeIsUp()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient consumer = fixture.Connect();
        Fetch.Response response = consumer.Send<Fetch.Request, Fetch.Response>(BrokerFixture.FetchOf(0, maxWaitMs: 20), 12);
        Assert.Equal(0, response.Topics![0].Partitions![0].Records.Bytes!.Value.Length);
    }

    [Fact]
    public async Task ShouldOfferVersion0_WhenItDoesNotKnowTheVersionOfApiVersions()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        byte[] frame = client.Encode(new ApiVersions.Request(), 3);
        BinaryPrimitives.WriteInt16BigEndian(frame.AsSpan(6), 99);
        client.SendRaw(frame);
        ApiVersions.Response response = client.Receive<ApiVersions.Request, ApiVersions.Response>(0);
        Assert.Equal(ErrorCode.UnsupportedVersion, response.Error);
        Assert.Contains(response.ApiKeys!, a => a.Key == (short)ApiKey.Produce && a.Min == 0 && a.Max >= 9);
        Assert.Equal(ErrorCode.None, client.Send<ApiVersions.Request, ApiVersions.Response>(new ApiVersions.Request(), 3).Error);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n", "without TLS")]
    [InlineData("\u0000\u0000\u0000\u0000", "0 bytes")]
    [InlineData("\u0000\u0000\u0000\u000a\u0000\u007f\u0000\u0000\u0000\u0000\u0000\u0000\u0000\u0000", "127 is not spoken")]
    [InlineData("\u0000\u0000\u0000\u000a\u0000\u0003\u0000\u0063\u0000\u0000\u0000\u0000\u0000\u0000", "version 99 is not spoken")]
    public async Task ShouldCloseTheConnectionAndSayWhy_WhenItIsNoRequest(string text, string reason)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient bad = fixture.Connect();
        using WireClient good = fixture.Connect();
        bad.SendRaw(Encoding.Latin1.GetBytes(text));
        Assert.True(bad.IsClosedByBroker());

        // The line may follow the close that the client has seen.
        Assert.True(
            SpinWait.SpinUntil(() => fixture.Logs.Lines.Any(l => l.Contains(reason, StringComparison.Ordinal)), TimeSpan.FromSeconds(10))
        );
        Assert.NotNull(good.Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12).Topics);
    }

    [Fact]
    public async Task ShouldRefuseFurtherConnections_AtTheLimit()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync(o => o.MaxConnections = 2);
        using WireClient first = fixture.Connect();
        using WireClient second = fixture.Connect();
        first.Send<ApiVersions.Request, ApiVersions.Response>(new ApiVersions.Request(), 0);
        second.Send<ApiVersions.Request, ApiVersions.Response>(new ApiVersions.Request(), 0);
        using WireClient third = fixture.Connect();
        Assert.True(third.IsClosedByBroker());
    }

    [Fact]
    public async Task ShouldNotListenOnOtherAddresses_UnlessTheRiskIsNamed()
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            DevBroker.StartAsync(new DevBrokerOptions { ListenAddress = IPAddress.Any, DefaultPartitions = 0 })
        );
        Assert.Contains("AllowNonLoopbackWithoutAuthentication", refused.Message, StringComparison.Ordinal);
        Assert.Contains("DefaultPartitions", refused.Message, StringComparison.Ordinal);
        await using DevBroker allowed = await DevBroker.StartAsync(
            new DevBrokerOptions { ListenAddress = IPAddress.Any, AllowNonLoopbackWithoutAuthentication = true }
        );
        Assert.StartsWith("127.0.0.1:", allowed.BootstrapServers, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNameTheWayOut_WhenThePortIsTaken()
    {
        await using DevBroker first = await DevBroker.StartAsync();
        IOException refused = await Assert.ThrowsAsync<IOException>(() => DevBroker.StartAsync(new DevBrokerOptions { Port = first.Port }));
        Assert.Contains("take another port", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldStop_WhileLongPollsWait()
    {
        BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        client.Post(BrokerFixture.FetchOf(0, maxWaitMs: 60_000), 12);
        client.Post(BrokerFixture.FetchOf(0, maxWaitMs: 60_000), 12);
        await fixture.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System);
    }
}
