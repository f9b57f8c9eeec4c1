using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>
/// What a checkpoint knows of the parts of one task. Pending parts are finished when it is complete; those in progress only by a restore
/// from it, cut to their length.
/// </summary>
/// <param name="TaskIndex">The task that wrote them.</param>
/// <param name="CheckpointId">The checkpoint.</param>
/// <param name="Pending">Names and lengths of closed parts.</param>
/// <param name="InProgress">Names and lengths of parts that go on.</param>
internal sealed record FileCommittable(
    int TaskIndex,
    long CheckpointId,
    IReadOnlyList<(string Name, long Length)> Pending,
    IReadOnlyList<(string Name, long Length)> InProgress
)
{
    private const byte FormatVersion = 1;

    public byte[] Encode()
    {
        DataWriter writer = new();
        writer.WriteByte(FormatVersion);
        writer.WriteVarUInt32((uint)TaskIndex);
        writer.WriteVarInt64(CheckpointId);
        Write(writer, Pending);
        Write(writer, InProgress);
        return writer.ToArray();
    }

    public static FileCommittable Decode(ReadOnlySpan<byte> bytes)
    {
        DataReader reader = new(bytes);
        byte version = reader.ReadByte();
        if (version != FormatVersion)
        {
            throw new InvalidDataException(
                $"A file sink's part of the checkpoint has format version {version}, this Millrace reads {FormatVersion}; restore with the "
                    + "version that wrote it or a later one."
            );
        }

        return new FileCommittable((int)reader.ReadVarUInt32(), reader.ReadVarInt64(), Read(ref reader), Read(ref reader));
    }

    private static void Write(DataWriter writer, IReadOnlyList<(string Name, long Length)> parts)
    {
        writer.WriteVarUInt32((uint)parts.Count);
        foreach ((string name, long length) in parts)
        {
            writer.WriteString(name);
            writer.WriteVarInt64(length);
        }
    }

    private static List<(string Name, long Length)> Read(ref DataReader reader)
    {
        List<(string Name, long Length)> parts = [];
        for (int count = reader.ReadCount(); count > 0; count--)
        {
            string name =
                reader.ReadString()
                ?? throw new InvalidDataException(
                    "A part of a file sink has no name in the checkpoint; the checkpoint is damaged, restore an earlier one."
                );
            parts.Add((name, reader.ReadVarInt64()));
        }

        return parts;
    }
}
