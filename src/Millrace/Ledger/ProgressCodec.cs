using System.Buffers;

namespace Millrace.Ledger;

/// <summary>The bytes of a progress message, version 1.</summary>
internal static class ProgressCodec
{
    private const byte Kind = (byte)'P';
    private const byte Newest = 1;

    public static byte[] Encode(Progress progress)
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (progress.Partitions.Count * 16));
        var writer = new WireWriter(buffer);
        writer.Byte(Kind);
        writer.Byte(Newest);
        writer.Name(progress.Job);
        writer.Name(progress.Edge);
        writer.Count(progress.Partitions.Count);
        foreach (var partition in progress.Partitions)
        {
            writer.Count(partition.Upstream);
            writer.Signed(partition.Watermark);
            writer.Signed(partition.Position);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static Progress Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes, "Progress");
        reader.Version(Kind, Newest);
        var (job, edge) = (reader.Name(), reader.Name());
        var partitions = new PartitionProgress[reader.Items()];
        for (var i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new PartitionProgress(reader.Count(), reader.Signed(), reader.Signed());
        }

        reader.End();
        return new Progress { Job = job, Edge = edge, Partitions = partitions };
    }
}
