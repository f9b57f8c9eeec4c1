using System.Net;
using System.Net.Sockets;
using Millrace.Kafka.Interop;
using Millrace.Kafka.Producing;
using Millrace.Kafka.Protocol;
using Millrace.Kafka.Transactions;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Kafka.Tests.Transactions;

public sealed class CoordinatorClientTests : BrokerTest
{
    internal override IEnumerable<(string Topic, int Partitions)> Topics() => [("out", 1)];

    [Fact]
    public async Task ShouldCommitAnothersTransaction_WhenGivenItsIdentity()
    {
        using RawProducer producer = OpenTransaction("t", "a");
        await using CoordinatorClient client = Client();

        Assert.Equal(ErrorCodes.NoError, await client.CommitAsync("t", producer.Identity!.Value, Deadline.Token()));
        Assert.Equal(ErrorCodes.NoError, await client.CommitAsync("t", producer.Identity!.Value, Deadline.Token()));

        Assert.Equal(["a"], await ReadAllAsync("out"));
    }

    [OwnBrokerFact]
    public async Task ShouldTryAgain_WhenBrokerIsBusyOrConnectionsBreak()
    {
        using RawProducer producer = OpenTransaction("t", "a");
        await using CoordinatorClient client = Client();
        Broker.Faults.Fail(ApiKey.FindCoordinator, ErrorCode.CoordinatorNotAvailable, times: 1);
        Broker.Faults.Fail(ApiKey.EndTxn, ErrorCode.ConcurrentTransactions, times: 2);
        Broker.Faults.DropResponse(ApiKey.EndTxn);

        Assert.Equal(ErrorCodes.NoError, await client.CommitAsync("t", producer.Identity!.Value, Deadline.Token()));

        Assert.Equal(["a"], await ReadAllAsync("out"));
    }

    [Fact]
    public async Task ShouldFenceAndAbort_WhenAskedTo()
    {
        using RawProducer producer = OpenTransaction("t", "a");
        ProducerIdentity identity = producer.Identity!.Value;
        await using CoordinatorClient client = Client();

        Assert.Equal(0, await client.FenceAsync($"fresh-{Guid.NewGuid():N}", TimeSpan.FromMinutes(1), Deadline.Token()));
        Assert.True(await client.FenceAsync("t", TimeSpan.FromMinutes(1), Deadline.Token()) > identity.Epoch);

        Assert.Contains(
            await client.CommitAsync("t", identity, Deadline.Token()),
            new short[] { ErrorCodes.InvalidProducerEpoch, ErrorCodes.ProducerFenced }
        );
        Assert.Empty(await ReadAllAsync("out"));
    }

    [Fact]
    public async Task ShouldGiveUpAndSayWhy_WhenNobodyListens()
    {
        await using CoordinatorClient client = new(
            new Dictionary<string, string>(StringComparer.Ordinal) { ["bootstrap.servers"] = "127.0.0.1:1" },
            "test",
            TimeSpan.FromMilliseconds(100),
            TimeProvider.System
        );

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() =>
            client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token())
        );

        Assert.Contains("'t'", error.Message, StringComparison.Ordinal);
        Assert.Contains("bootstrap.servers", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldAskTheNextServer_WhenTheFirstOnesSwallowPackets()
    {
        using RawProducer producer = OpenTransaction("t", "a");
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        Dictionary<string, string> properties = new(Properties(), StringComparer.Ordinal);
        properties["bootstrap.servers"] = $"{silent.LocalEndpoint},{silent.LocalEndpoint},{properties["bootstrap.servers"]}";
        await using CoordinatorClient client = new(properties, "test", TimeSpan.FromSeconds(20), TimeProvider.System);

        long started = TimeProvider.System.GetTimestamp();
        Assert.Equal(ErrorCodes.NoError, await client.CommitAsync("t", producer.Identity!.Value, Deadline.Token()));

        Assert.InRange(TimeProvider.System.GetElapsedTime(started).TotalSeconds, 0.9, 9);
        Assert.Equal(["a"], await ReadAllAsync("out"));
    }

    [Fact]
    public async Task ShouldNameTheServers_WhenNoneAnswers()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        Dictionary<string, string> properties = new(StringComparer.Ordinal)
        {
            ["bootstrap.servers"] = $"{silent.LocalEndpoint},127.0.0.1:1",
        };
        await using CoordinatorClient client = new(properties, "test", TimeSpan.FromMilliseconds(100), TimeProvider.System);

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() =>
            client.CommitAsync("t", new ProducerIdentity(1, 0), Deadline.Token())
        );

        Assert.Contains($"{silent.LocalEndpoint} does not answer within 0.5 s", error.Message, StringComparison.Ordinal);
        Assert.Contains("127.0.0.1:1: ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a:1,b", "a:1 b:9092")]
    [InlineData("PLAINTEXT://h:19092, [::1]:7", "h:19092 ::1:7")]
    [InlineData("::1", "::1:9092")]
    public void ShouldUnderstandServers_WhenWrittenAsLibrdkafkaTakesThem(string servers, string expected) =>
        Assert.Equal(expected, string.Join(' ', BrokerConnections.ParseServers(servers).Select(server => $"{server.Host}:{server.Port}")));

    private RawProducer OpenTransaction(string id, string value)
    {
        RawProducer producer = Producer(("transactional.id", id), ("statistics.interval.ms", "50"), ("transaction.timeout.ms", "60000"));
        producer.InitTransactions(Deadline.Wait, Deadline.Token());
        producer.BeginTransaction();
        producer.Produce(
            producer.Topic("out"),
            0,
            default,
            false,
            System.Text.Encoding.UTF8.GetBytes(value),
            false,
            0,
            0,
            Deadline.Token()
        );
        producer.Flush(Deadline.Wait, Deadline.Token());
        _ = producer.WaitForIdentity(Deadline.Wait, Deadline.Token());
        return producer;
    }

    private CoordinatorClient Client() => new(Properties(), "test", TimeSpan.FromSeconds(20), TimeProvider.System);
}
