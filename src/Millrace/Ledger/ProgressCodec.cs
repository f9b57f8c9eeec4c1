using System.Buffers;

namespace Millrace.Ledger;

/// <summary>The bytes of a progress message, version 1.</summary>
internal static class ProgressCodec
{
    private const byte Kind = (byte)'P';
    private const byte Newest = 1;

    public static byte[] Encode(Progress progress)
    {
        ArrayBufferWriter<byte> buffer = new(64 + (progress.Partitions.Count * 16));
        WireWriter writer = new(buffer);
        writer.Byte(Kind);
        writer.Byte(Newest);
        writer.Name(progress.Job);
        writer.Name(progress.Edge);
        writer.Count(progress.Partitions.Count);
        foreach (PartitionProgress partition in progress.Partitions)
        {
            writer.Count(partition.Upstream);
            writer.Signed(partition.Watermark);
            writer.Signed(partition.Position);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static Progress Decode(ReadOnlyMemory<byte> bytes)
    {
        WireReader reader = new(bytes, "Progress");
        reader.Version(Kind, Newest);
        (string? job, string? edge) = (reader.Name(), reader.Name());
        PartitionProgress[] partitions = new PartitionProgress[reader.Items()];
        for (int i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new PartitionProgress(reader.Count(), reader.Signed(), reader.Signed());
        }

        reader.End();
        return new Progress
        {
            Job = job,
            Edge = edge,
            Partitions = partitions,
        };
    }
}
