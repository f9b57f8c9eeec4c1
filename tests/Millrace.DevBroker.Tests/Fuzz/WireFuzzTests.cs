using System.Buffers.Binary;
using System.Net.Sockets;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Tests.Network;

namespace Millrace.DevBroker.Tests.Fuzz;

/// <summary>Hostile bytes over real connections. Whatever they are, other clients must not notice.</summary>
public sealed class WireFuzzTests
{
    private const int Rounds = 400;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task ShouldServeOthers_WhateverOneClientSends(int seed)
    {
        Random random = new(seed);
        await using BrokerFixture fixture = await BrokerFixture.StartAsync(o => o.AutoCreateTopics = false);
        using WireClient good = fixture.Connect();
        BrokerFixture.Append(good, RecordBatches.Of("still here"));
        List<byte[]> requests = Requests(good);
        for (int round = 0; round < Rounds; round++)
        {
            using (WireClient bad = fixture.Connect())
            {
                try
                {
                    for (int i = random.Next(1, 4); i > 0; i--)
                    {
                        bad.SendRaw(Mutate(requests[random.Next(requests.Count)], random));
                    }
                }
                catch (SocketException)
                {
                    // The broker hung up already, which is its right.
                }
            }

            if (round % 50 == 0)
            {
                Assert.Equal("still here", BrokerFixture.Read(good, 0)[0].Value);
            }
        }

        Assert.Equal("still here", BrokerFixture.Read(good, 0)[0].Value);
        Assert.DoesNotContain(
            fixture.Logs.Lines,
            l => l.Contains("unexpected failure", StringComparison.Ordinal) || l.Contains("OutOfMemory", StringComparison.Ordinal)
        );
    }

    private static List<byte[]> Requests(WireClient client) =>
        [
            client.Encode(new ApiVersions.Request { ClientSoftwareName = "fuzz" }, 3),
            client.Encode(new Metadata.Request { Topics = [new() { Name = "t" }] }, 9),
            client.Encode(new Metadata.Request { Topics = [new() { Name = "t" }] }, 1),
            client.Encode(BrokerFixture.ProduceOf(RecordBatches.Of("a", "b"), partition: 1), 9),
            client.Encode(BrokerFixture.ProduceOf(RecordBatches.Of("a", "b"), partition: 1), 3),
            client.Encode(BrokerFixture.FetchOf(0), 12),
            client.Encode(BrokerFixture.FetchOf(0), 4),
            client.Encode(new ListOffsets.Request { Topics = [new() { Name = "t", Partitions = [new() { Timestamp = -1 }] }] }, 7),
            client.Encode(
                new DescribeConfigs.Request
                {
                    Resources =
                    [
                        new()
                        {
                            Type = 2,
                            Name = "t",
                            Keys = null,
                        },
                    ],
                },
                4
            ),
            client.Encode(new FindCoordinator.Request { CoordinatorKeys = ["g"] }, 4),
            client.Encode(new OffsetForLeaderEpoch.Request { Topics = [new() { Name = "t", Partitions = [new()] }] }, 4),
            client.Encode(new JoinGroup.Request(), 7),
            client.Encode(new OffsetCommit.Request(), 8),
            client.Encode(new InitProducerId.Request(), 4),
            client.Encode(new EndTxn.Request(), 3),
        ];

    private static byte[] Mutate(byte[] request, Random random)
    {
        byte[] bytes = (byte[])request.Clone();
        switch (random.Next(6))
        {
            case 0: // Some bytes are others.
                for (int i = random.Next(1, 6); i > 0; i--)
                {
                    bytes[random.Next(4, bytes.Length)] = (byte)random.Next(256);
                }

                break;
            case 1: // The length is honest, the end is missing.
                bytes = bytes[..random.Next(4, bytes.Length)];
                BinaryPrimitives.WriteInt32BigEndian(bytes, bytes.Length - 4);
                break;
            case 2: // The length lies.
                BinaryPrimitives.WriteInt32BigEndian(bytes, random.Next(2) == 0 ? random.Next() : bytes.Length - 4 + random.Next(-10, 10));
                break;
            case 3: // A number somewhere is as large as can be.
                if (bytes.Length > 16)
                {
                    BinaryPrimitives.WriteInt32BigEndian(
                        bytes.AsSpan(random.Next(8, bytes.Length - 4)),
                        random.Next(2) == 0 ? int.MaxValue : -1
                    );
                }

                break;
            case 4: // Noise.
                random.NextBytes(bytes);
                break;
            default: // Only a part is ever sent.
                bytes = bytes[..random.Next(1, bytes.Length)];
                break;
        }

        return bytes;
    }
}
