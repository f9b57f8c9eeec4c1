using Millrace.DevBroker.Protocol;
using Millrace.DevBroker.Protocol.Messages;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Protocol;

/// <summary>
/// Bytes written down by hand from the protocol's specification, so that reading and writing cannot be wrong in the same way.
/// </summary>
public sealed class GoldenBytesTests
{
    [Fact]
    public void ShouldReadFlexibleHeaderAndBody_OfApiVersions3()
    {
        // Header version 2: key 18, version 3, correlation 7, client id "c", no tags; body: "lib", "1.0", no tags.
        MessageReader reader = Reader("0012 0003 00000007 0001 63 00  04 6c6962 04 312e30 00");
        RequestHeader header = RequestHeader.Read(reader);
        reader.SkipTags();
        ApiVersions.Request? request = new();
        new Wire(reader).Body(ref request, header.Version, flexible: true);
        Assert.Equal(new RequestHeader(ApiKey.ApiVersions, 3, 7, "c"), header);
        Assert.Equal(("lib", "1.0", 0), (request.ClientSoftwareName, request.ClientSoftwareVersion, reader.Remaining));
    }

    [Fact]
    public void ShouldWriteMetadataResponse_InOldAndFlexibleVersion()
    {
        Metadata.Response response = new()
        {
            ClusterId = "x",
            ControllerId = 1,
            Brokers =
            [
                new Metadata.Broker
                {
                    NodeId = 1,
                    Host = "h",
                    Port = 9092,
                },
            ],
            Topics =
            [
                new Metadata.TopicMetadata
                {
                    Name = "t",
                    Partitions =
                    [
                        new Metadata.Partition
                        {
                            LeaderId = 1,
                            LeaderEpoch = 5,
                            ReplicaNodes = [1],
                            IsrNodes = [1],
                            OfflineReplicas = [],
                        },
                    ],
                },
            ],
        };
        Assert.Equal(
            Hex(
                "00000001 00000001 0001 68 00002384 ffff 00000001 00000001 0000 0001 74 00 00000001 0000 00000000 00000001 00000001 "
                    + "00000001 00000001 00000001"
            ),
            Write(response, 1, flexible: false)
        );
        Assert.Equal(
            Hex(
                "00000000 02 00000001 02 68 00002384 00 00 02 78 00000001 02 0000 02 74 00 02 0000 00000000 00000001 00000005 02 00000001 "
                    + "02 00000001 01 00 80000000 00 80000000 00"
            ),
            Write(response, 9, flexible: true)
        );
    }

    [Fact]
    public void ShouldReadProduce_OfVersion3And9()
    {
        foreach (
            (int version, string? hex) in new[]
            {
                (3, "ffff ffff 00001388 00000001 0001 74 00000001 00000002 00000003 aabbcc"),
                (9, "00 ffff 00001388 02 02 74 02 00000002 04 aabbcc 00 00 00"),
            }
        )
        {
            MessageReader reader = Reader(hex);
            Produce.Request? request = new();
            new Wire(reader).Body(ref request, version, flexible: version >= 9);
            Produce.Partition partition = request.Topics![0].Partitions![0];
            Assert.Equal(
                (null, (short)-1, 5000, "t", 2, 0),
                (request.TransactionalId, request.Acks, request.TimeoutMs, request.Topics[0].Name, partition.Index, reader.Remaining)
            );
            Assert.Equal("AABBCC", Convert.ToHexString(partition.Records.Bytes!.Value.Span));
        }
    }

    private static string Hex(string spaced) => spaced.Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();

    private static MessageReader Reader(string hex)
    {
        MessageReader reader = new();
        reader.Reset(Convert.FromHexString(Hex(hex)));
        return reader;
    }

    private static string Write<T>(T message, int version, bool flexible)
        where T : IMessage
    {
        using MessageWriter writer = new();
        new Wire(writer).Body(ref message, version, flexible);
        return Convert.ToHexString(writer.Written.Span);
    }
}
