using Millrace.Serialization;

namespace Millrace.Ledger;

/// <summary>
/// What a tick tells one task about one edge. It names every upstream of the edge, so a task that got one knows its channels.
/// A late or repeated one does no harm: what it says stays true.
/// </summary>
internal sealed record Progress
{
    public required string Job { get; init; }

    public required string Edge { get; init; }

    public required IReadOnlyList<PartitionProgress> Partitions { get; init; }
}

/// <summary>What a tick tells a task about one upstream: a watermark, and the position that has to be applied before it holds.</summary>
internal readonly record struct PartitionProgress(int Upstream, long Watermark, long Position);

/// <summary>What a tick read about one source partition. The ledger is read before the end of the partition.</summary>
/// <param name="Source">The source's name in the job; with <paramref name="Upstream"/> the partition's identity.</param>
/// <param name="Upstream">The partition's number on its channels.</param>
/// <param name="Ledger">Null where nobody has owned the partition yet.</param>
/// <param name="LastRecord">The offset of the partition's last record at or after the ledger's next offset; -1 where none is left to
/// process. Transaction markers and compacted offsets are not records; records of open transactions are.</param>
/// <param name="IdleTimeout">After having nothing to process for this long the partition is idle and no longer holds the watermark back.
/// Null: never.</param>
internal readonly record struct PartitionStatus(
    string Source,
    int Upstream,
    LedgerState? Ledger,
    long LastRecord,
    TimeSpan? IdleTimeout = null
);

/// <summary>The bytes of a progress message, version 1.</summary>
internal static class ProgressCodec
{
    private const byte Kind = (byte)'P';
    private const byte Newest = 1;

    public static byte[] Encode(Progress progress)
    {
        DataWriter writer = new(64 + (progress.Partitions.Count * 16));
        writer.WriteByte(Kind);
        writer.WriteByte(Newest);
        writer.WriteName(progress.Job);
        writer.WriteName(progress.Edge);
        writer.WriteNumber(progress.Partitions.Count);
        foreach (PartitionProgress partition in progress.Partitions)
        {
            writer.WriteNumber(partition.Upstream);
            writer.WriteVarInt64(partition.Watermark);
            writer.WriteVarInt64(partition.Position);
        }

        return writer.ToArray();
    }

    public static Progress Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Progress");
        reader.ReadVersion(Kind, Newest);
        (string? job, string? edge) = (reader.ReadName(), reader.ReadName());
        PartitionProgress[] partitions = new PartitionProgress[reader.ReadCount()];
        for (int i = 0; i < partitions.Length; i++)
        {
            partitions[i] = new PartitionProgress(reader.ReadNumber(), reader.ReadVarInt64(), reader.ReadVarInt64());
        }

        reader.ReadEnd();
        return new Progress
        {
            Job = job,
            Edge = edge,
            Partitions = partitions,
        };
    }
}
