using Millrace.DevBroker.Protocol.Messages;
using Millrace.DevBroker.Tests;

namespace Millrace.Benchmarks.DevBroker;

/// <summary>Requests without a client library around them, so that the broker's own speed shows.</summary>
internal static class RawLoad
{
    public const int RecordsPerBatch = 5_000;
    private const short ProduceVersion = 9;
    private const short FetchVersion = 12;

    /// <summary>A batch of records with values of 100 bytes and no keys.</summary>
    public static byte[] Batch(int valueBytes = 100)
    {
        string value = new('x', valueBytes);
        return RecordBatches.Of([.. Enumerable.Repeat(value, RecordsPerBatch)]);
    }

    /// <summary>Sends batches with up to five requests under way, as clients do.</summary>
    public static void Produce(WireClient client, byte[] batch, int count, int partition = 0)
    {
        const int underWay = 5;
        byte[] frame = client.Encode(
            new Produce.Request
            {
                Acks = -1,
                TimeoutMs = 10_000,
                Topics =
                [
                    new TopicOf<Produce.Partition>
                    {
                        Name = "bench",
                        Partitions =
                        [
                            new Produce.Partition
                            {
                                Index = partition,
                                Records = new() { Bytes = batch },
                            },
                        ],
                    },
                ],
            },
            ProduceVersion
        );
        for (int i = 0; i < count + underWay; i++)
        {
            if (i < count)
            {
                client.SendRaw(frame);
            }

            if (i < underWay)
            {
                continue;
            }

            Millrace.Kafka.Protocol.ErrorCode error = client
                .Receive<Produce.Request, Produce.Response>(ProduceVersion)
                .Topics![0]
                .Partitions![0]
                .Error;
            if (error != Millrace.Kafka.Protocol.ErrorCode.None)
            {
                throw new InvalidOperationException($"Producing failed: {error}.");
            }
        }
    }

    /// <summary>Reads one partition from an offset to the end; gives the bytes of batches that came.</summary>
    public static long Fetch(WireClient client, long end, int partition = 0)
    {
        long bytes = 0;
        long offset = 0;
        while (offset < end)
        {
            Fetch.Response response = client.Send<Fetch.Request, Fetch.Response>(
                new Fetch.Request
                {
                    MaxWaitMs = 100,
                    MinBytes = 1,
                    MaxBytes = 16 << 20,
                    Topics =
                    [
                        new Fetch.Topic<Fetch.Partition>
                        {
                            Name = "bench",
                            Partitions =
                            [
                                new Fetch.Partition
                                {
                                    Index = partition,
                                    FetchOffset = offset,
                                    MaxBytes = 16 << 20,
                                    CurrentLeaderEpoch = -1,
                                },
                            ],
                        },
                    ],
                },
                FetchVersion
            );
            Fetch.PartitionResult result = response.Topics![0].Partitions![0];
            if (result.Error != Millrace.Kafka.Protocol.ErrorCode.None)
            {
                throw new InvalidOperationException($"Fetching failed: {result.Error}.");
            }

            Memory<byte> records = result.Records.Bytes.GetValueOrDefault();
            bytes += records.Length;
            offset = EndOf(records.Span, offset);
        }

        return bytes;
    }

    private static long EndOf(ReadOnlySpan<byte> batches, long offset)
    {
        while (
            Millrace.DevBroker.Storage.BatchHeader.TryRead(batches, out Millrace.DevBroker.Storage.BatchHeader header)
            && header.TotalBytes <= batches.Length
        )
        {
            offset = header.LastOffset + 1;
            batches = batches[(int)header.TotalBytes..];
        }

        return offset;
    }
}
