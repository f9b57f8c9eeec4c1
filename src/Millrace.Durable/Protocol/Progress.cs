using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Durable.Protocol;

/// <summary>
/// What a tick tells one task about one edge. It names every upstream of the edge, so a task that got one knows its channels.
/// A late or repeated one does no harm: what it says stays true.
/// </summary>
internal sealed record Progress
{
    public required string Job { get; init; }

    public required string Edge { get; init; }

    public required IReadOnlyList<PartitionProgress> Partitions { get; init; }

    /// <summary>The job's last freeze: a task that is still frozen by it, or by an earlier one, goes on. 0 = there was none.</summary>
    public int FreezeNumber { get; init; }
}

/// <summary>What a tick tells a task about one upstream.</summary>
/// <param name="Upstream">The partition's number on its channels.</param>
/// <param name="Watermark">Holds once <paramref name="Position"/> is applied.</param>
/// <param name="Position">The last position sent to the task of all below <paramref name="Next"/>; -1 = nothing was.</param>
/// <param name="Next">The first offset that may still bring something; -1 = unknown. Whoever has applied <paramref name="Position"/> lacks
/// nothing below it, so no hole of a channel that is quiet begins where the topic has long deleted its records.</param>
internal readonly record struct PartitionProgress(int Upstream, long Watermark, long Position, long Next);

/// <summary>What a tick read about one source partition. The ledger is read before the end of the partition.</summary>
/// <param name="Source">The source's name in the job; with <paramref name="Upstream"/> the partition's identity.</param>
/// <param name="Upstream">The partition's number on its channels.</param>
/// <param name="Ledger">Null where nobody has owned the partition yet.</param>
/// <param name="LastRecord">The offset of the partition's last record at or after the ledger's next offset; -1 where none is left to
/// process. Transaction markers and compacted offsets are not records; records of open transactions are.</param>
/// <param name="IdleTimeout">After having nothing to process for this long the partition is idle and no longer holds the watermark back.
/// Null: never.</param>
/// <param name="IdleClock">How event time goes on while no partition of the source has anything to process. Null: not at all.</param>
internal readonly record struct PartitionStatus(
    string Source,
    int Upstream,
    LedgerState? Ledger,
    long LastRecord,
    TimeSpan? IdleTimeout = null,
    IdleClock? IdleClock = null
)
{
    /// <summary>Whether the partition's end could not be found: it is not idle, and nobody can say what is left of it.</summary>
    public bool IsUnknown { get; init; }
}

/// <summary>The bytes of a progress message. Version 2 adds the last freeze, version 3 what each partition is at.</summary>
internal static class ProgressCodec
{
    private const byte Kind = (byte)'P';
    private const byte WithFreeze = 2;
    private const byte WithNext = 3;

    public static byte[] Encode(Progress progress)
    {
        DataWriter writer = new(64 + (progress.Partitions.Count * 16));
        writer.WriteByte(Kind);
        writer.WriteByte(WithNext);
        writer.WriteName(progress.Job);
        writer.WriteName(progress.Edge);
        writer.WriteNumber(progress.Partitions.Count);
        foreach (PartitionProgress partition in progress.Partitions)
        {
            writer.WriteNumber(partition.Upstream);
            writer.WriteVarInt64(partition.Watermark);
            writer.WriteVarInt64(partition.Position);
            writer.WriteVarInt64(partition.Next - partition.Position);
        }

        writer.WriteNumber(progress.FreezeNumber);
        return writer.ToArray();
    }

    public static Progress Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Progress");
        byte version = reader.ReadVersion(Kind, WithNext);
        (string? job, string? edge) = (reader.ReadName(), reader.ReadName());
        PartitionProgress[] partitions = new PartitionProgress[reader.ReadCount()];
        for (int i = 0; i < partitions.Length; i++)
        {
            (int upstream, long watermark, long position) = (reader.ReadNumber(), reader.ReadVarInt64(), reader.ReadVarInt64());
            long next = version >= WithNext ? position + reader.ReadVarInt64() : SentPositions.None;
            partitions[i] = new PartitionProgress(upstream, watermark, position, next);
        }

        int freezeNumber = version >= WithFreeze ? reader.ReadNumber() : 0;
        reader.ReadEnd();
        return new Progress
        {
            Job = job,
            Edge = edge,
            Partitions = partitions,
            FreezeNumber = freezeNumber,
        };
    }
}

/// <summary>The bytes of a freeze or thaw, version 1: its number.</summary>
internal static class FreezeCodec
{
    private const byte Kind = (byte)'F';
    private const byte Newest = 1;

    public static byte[] Encode(int number)
    {
        DataWriter writer = new(8);
        writer.WriteByte(Kind);
        writer.WriteByte(Newest);
        writer.WriteNumber(number);
        return writer.ToArray();
    }

    public static int Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Freeze");
        reader.ReadVersion(Kind, Newest);
        int number = reader.ReadNumber();
        reader.ReadEnd();
        return number;
    }
}
