using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Network;

/// <summary>
/// Answers of Apache Kafka that clients rely on, as bytes: requests are written down by hand, answers compared with what the protocol says.
/// </summary>
public sealed class KafkaAnswersTests
{
    [Theory]
    [InlineData("003c 0000 00000007 0001 63 00  00 00", "00000007 00  00000000 0000 00")]
    [InlineData("003c 0001 00000007 0001 63 00  00 01 00", "00000007 00  00000000 0000 00 01")]
    public async Task ShouldSayTheRack_OfEachBrokerOfTheCluster(string request, string expectedStart)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        string answer = Exchange(client, request);

        // Broker 1 at 127.0.0.1, its port, no rack, no tags; then the operations that were not asked for, no tags.
        string cluster = Text("millrace-dev-broker");
        string expected = Hex(
            expectedStart + cluster + "00000001 02 00000001" + Text("127.0.0.1") + $"{fixture.Broker.Port:x8}" + "00 00 80000000 00"
        );
        Assert.Equal(expected, answer);
    }

    [Fact]
    public async Task ShouldFindTopicsById_WhenTheNameIsEmptyAsJavaSendsIt()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Guid id = client
            .Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = [new() { Name = BrokerFixture.Topic }] }, 12)
            .Topics![0]
            .TopicId;

        // Version 12: one topic with its id and a name of no characters; no creation on demand, no operations.
        string hex = $"0003 000c 00000007 0001 63 00  02 {Convert.ToHexString(id.ToByteArray(bigEndian: true))} 01 00 00 00 00";
        client.SendRaw(Framed(hex));
        Metadata.TopicMetadata found = client.Receive<Metadata.Request, Metadata.Response>(12).Topics!.Single();
        Assert.Equal((ErrorCode.None, BrokerFixture.Topic, 2), (found.Error, found.Name, found.Partitions!.Count));
    }

    [Fact]
    public async Task ShouldSayThatAnIdIsUnknown_WhateverTheName()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Metadata.TopicMetadata answer = client
            .Send<Metadata.Request, Metadata.Response>(
                new Metadata.Request { Topics = [new() { Name = "", TopicId = Guid.NewGuid() }] },
                12
            )
            .Topics!.Single();
        Assert.Equal((ErrorCode.UnknownTopicId, (string?)null), (answer.Error, answer.Name));
    }

    [Fact]
    public async Task ShouldAnswerAtOnce_WhenAFetchAsksForNothing()
    {
        // On a clock that stands still: an answer that waited would never come.
        await using BrokerFixture fixture = await BrokerFixture.StartAsync(o =>
            o.TimeProvider = new Microsoft.Extensions.Time.Testing.FakeTimeProvider()
        );
        using WireClient client = fixture.Connect();

        // Version 12, replica -1, at most 500 ms, 1 byte at least: session 0 with the final epoch -1, no topics, as Java's consumer closes.
        string answer = Exchange(
            client,
            "0001 000c 00000007 0001 63 00  ffffffff 000001f4 00000001 03200000 00 00000000 ffffffff 01 01 01 00"
        );
        Assert.Equal(Hex("00000007 00  00000000 0000 00000000 01 00"), answer);
    }

    [Theory]
    [InlineData("000f 0000 00000007 0001 63  00000001 0002 6e6f", "00000007  00000001 0000 0002 6e6f 0004 44656164 0000 0000 00000000")]
    [InlineData(
        "000f 0005 00000007 0001 63 00  02 03 6e6f 00 00",
        "00000007 00  00000000 02 0000 03 6e6f 05 44656164 01 01 01 80000000 00 00"
    )]
    [InlineData(
        "000f 0006 00000007 0001 63 00  02 03 6e6f 00 00",
        "00000007 00  00000000 02 0045 14 47726f7570206e6f206e6f7420666f756e642e 03 6e6f 05 44656164 01 01 01 80000000 00 00"
    )]
    public async Task ShouldCallAnUnknownGroupDead_AndAnErrorOnlySinceVersion6(string request, string expected)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(Hex(expected), Exchange(client, request));
    }

    [Fact]
    public async Task ShouldRefuseNames_ThatDifferOnlyInDotsAndUnderscores()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();

        // CreateTopics version 2: name, 1 partition, 1 replica, no assignments, no configs; 5 s; not only to validate.
        static string Request(string name) =>
            $"0013 0002 00000007 0001 63  00000001 {OldText(name)} 00000001 0001 00000000 00000000 00001388 00";
        Assert.Equal(Hex($"00000007 00000000 00000001 {OldText("x.1.a")} 0000 ffff"), Exchange(client, Request("x.1.a")));
        const string Message =
            "Topic 'x_1_a' collides with existing topic 'x.1.a': '.' and '_' count as the same character. Choose another name.";
        Assert.Equal(Hex($"00000007 00000000 00000001 {OldText("x_1_a")} 0011 {OldText(Message)}"), Exchange(client, Request("x_1_a")));
        Assert.Equal(Hex($"00000007 00000000 00000001 {OldText("x.1.ab")} 0000 ffff"), Exchange(client, Request("x.1.ab")));
    }

    [Fact]
    public async Task ShouldNotStart_WhenTopicsOfTheOptionsCollide()
    {
        ArgumentException refused = await Assert.ThrowsAsync<ArgumentException>(() =>
            BrokerFixture.StartAsync(o => o.Topics["a.b"] = o.Topics["a_b"] = 1)
        );
        Assert.Contains("'a.b' and 'a_b' collide", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    // ElectLeaders 0 and 2, preferred, topic "t" partitions 0 and 9: no election needed, no such partition.
    [InlineData(
        "002b 0000 00000007 0001 63  00000001 0001 74 00000001 00000000 00001388",
        "00000007 00000000 00000001 0001 74 00000001 00000000 0054 001f 546865206f6e6c79207265706c696361206c6561647320616c72656164792e"
    )]
    [InlineData("002b 0002 00000007 0001 63 00  00 00 00001388 00", "00000007 00 00000000 0000 01 00")]
    // ListPartitionReassignments 0: none. DescribeAcls 1: security is disabled. CreateAcls 2 with nothing in it.
    [InlineData("002e 0000 00000007 0001 63 00  00001388 00 00", "00000007 00 00000000 0000 00 01 00")]
    [InlineData(
        "001d 0001 00000007 0001 63  01 ffff 01 ffff ffff 01 01",
        "00000007 00000000 0036 001c 4e6f20417574686f72697a657220697320636f6e666967757265642e 00000000"
    )]
    [InlineData("001e 0002 00000007 0001 63 00  01 00", "00000007 00 00000000 01 00")]
    // SaslHandshake 1 on a connection without SASL: illegal state, no mechanisms.
    [InlineData("0011 0001 00000007 0001 63  0005 504c41494e", "00000007 0022 00000000")]
    // ConsumerGroupHeartbeat 0, which is not spoken here: unsupported version, in the shape of its answer.
    [InlineData(
        "0044 0000 00000007 0001 63 00  02 67 01 00000000 00 00 00001388 00 00 00 00",
        "00000007 00 00000000 0023 5a "
            + "5468697320646576656c6f706d656e742062726f6b657220646f6573206e6f7420737065616b2074686520726571756573743b20646f63"
            + "732f64657662726f6b65722e6d64206c69737473207768617420697420646f65732e "
            + "00 00000000 00000000 ff 00"
    )]
    public async Task ShouldAnswerWithAnError_WhatItDoesNotDo(string request, string expected)
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        Assert.Equal(Hex(expected), Exchange(client, request));

        // The connection goes on.
        Assert.Equal(ErrorCode.None, BrokerFixture.Append(client, RecordBatches.Of("a")).Error);
    }

    [Fact]
    public async Task ShouldNotAnnounce_WhatIsAnsweredWithAnErrorOnly()
    {
        await using BrokerFixture fixture = await BrokerFixture.StartAsync();
        using WireClient client = fixture.Connect();
        List<ApiKey> announced = client
            .Send<ApiVersions.Request, ApiVersions.Response>(new ApiVersions.Request(), 4)
            .ApiKeys!.ConvertAll(r => (ApiKey)r.Key);
        Assert.Contains(ApiKey.ElectLeaders, announced);
        Assert.Contains(ApiKey.DescribeAcls, announced);
        Assert.DoesNotContain(ApiKey.ConsumerGroupHeartbeat, announced);
        Assert.DoesNotContain(ApiKey.GetTelemetrySubscriptions, announced);
    }

    private static string Exchange(WireClient client, string hex)
    {
        client.SendRaw(Framed(hex));
        return Convert.ToHexString(client.ReceiveFrame().Span);
    }

    private static byte[] Framed(string hex)
    {
        byte[] body = Convert.FromHexString(Hex(hex));
        return [.. BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(body.Length)), .. body];
    }

    /// <summary>A string of a flexible version: its length and one more, as a varint.</summary>
    private static string Text(string text) => $"{text.Length + 1:x2}" + Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>A string of an old version.</summary>
    private static string OldText(string text) => $"{text.Length:x4}" + Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text));

    private static string Hex(string spaced) => spaced.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
}
