using System.Text;

namespace Millrace.DevBroker.Groups;

/// <summary>
/// How groups are written to the journal. A key only has to be unique; all that is needed to read an entry stands in its value, which
/// starts with its kind and the version of its layout.
/// </summary>
internal static class GroupRecords
{
    private const byte MetadataKind = 1;
    private const byte OffsetKind = 2;
    private const byte LayoutVersion = 1;
    private const long NoProducer = -1;

    public static KeyValuePair<string, byte[]?> Metadata(string groupId, GroupSnapshot group) =>
        new(
            MetadataKey(groupId),
            Encode(
                MetadataKind,
                groupId,
                writer =>
                {
                    writer.Write(group.Generation);
                    WriteNullable(writer, group.ProtocolType);
                    WriteNullable(writer, group.ProtocolName);
                    WriteNullable(writer, group.LeaderId);
                    writer.Write(group.StateSince);
                    writer.Write(group.Members.Count);
                    foreach (MemberSnapshot member in group.Members)
                    {
                        WriteMember(writer, member);
                    }
                }
            )
        );

    public static KeyValuePair<string, byte[]?> Removed(string groupId) => new(MetadataKey(groupId), value: null);

    public static KeyValuePair<string, byte[]?> Offset(string groupId, OffsetRecord record)
    {
        long producerId = record.ProducerId ?? NoProducer;
        string key = $"o{producerId}/{record.Partition.Partition}/{record.Partition.Topic}/{groupId}";
        if (record.Offset is not { } offset)
        {
            return new(key, value: null);
        }

        return new(
            key,
            Encode(
                OffsetKind,
                groupId,
                writer =>
                {
                    writer.Write(producerId);
                    writer.Write(record.Partition.Topic);
                    writer.Write(record.Partition.Partition);
                    writer.Write(offset.Offset);
                    writer.Write(offset.LeaderEpoch);
                    writer.Write(offset.Metadata);
                    writer.Write(offset.CommittedAt);
                    writer.Write(offset.ExpiresAt);
                    writer.Write(offset.Sequence);
                }
            )
        );
    }

    /// <summary>Reads one value: the group it belongs to, and its metadata or one of its offsets.</summary>
    /// <exception cref="InvalidDataException">The value was written by a later version of the broker.</exception>
    public static (string GroupId, GroupSnapshot? Group, OffsetRecord? Offset) Read(byte[] value)
    {
        using BinaryReader reader = new(new MemoryStream(value), Encoding.UTF8);
        byte kind = reader.ReadByte();
        byte version = reader.ReadByte();
        if (version != LayoutVersion)
        {
            ThrowUnknown(kind, version);
        }

        string groupId = reader.ReadString();
        switch (kind)
        {
            case MetadataKind:
                return (groupId, ReadMetadata(reader), null);
            case OffsetKind:
                return (groupId, null, ReadOffset(reader));
            default:
                ThrowUnknown(kind, version);
                return default;
        }
    }

    private static string MetadataKey(string groupId) => "g" + groupId;

    private static byte[] Encode(byte kind, string groupId, Action<BinaryWriter> write)
    {
        MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.UTF8);
        writer.Write(kind);
        writer.Write(LayoutVersion);
        writer.Write(groupId);
        write(writer);
        writer.Flush();
        return stream.ToArray();
    }

    private static GroupSnapshot ReadMetadata(BinaryReader reader)
    {
        GroupSnapshot group = new()
        {
            Generation = reader.ReadInt32(),
            ProtocolType = ReadNullable(reader),
            ProtocolName = ReadNullable(reader),
            LeaderId = ReadNullable(reader),
            StateSince = reader.ReadInt64(),
        };
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            group.Members.Add(ReadMember(reader));
        }

        return group;
    }

    private static OffsetRecord ReadOffset(BinaryReader reader)
    {
        long producerId = reader.ReadInt64();
        TopicPartition partition = new(reader.ReadString(), reader.ReadInt32());
        CommittedOffset offset = new(
            reader.ReadInt64(),
            reader.ReadInt32(),
            reader.ReadString(),
            reader.ReadInt64(),
            reader.ReadInt64(),
            reader.ReadInt64()
        );
        return new OffsetRecord(partition, producerId == NoProducer ? null : producerId, offset);
    }

    private static void WriteMember(BinaryWriter writer, MemberSnapshot member)
    {
        writer.Write(member.MemberId);
        WriteNullable(writer, member.InstanceId);
        writer.Write(member.ClientId);
        writer.Write(member.ClientHost);
        writer.Write((int)member.SessionTimeout.TotalMilliseconds);
        writer.Write((int)member.RebalanceTimeout.TotalMilliseconds);
        writer.Write(member.Protocols.Count);
        foreach (GroupProtocol protocol in member.Protocols)
        {
            writer.Write(protocol.Name);
            WriteBytes(writer, protocol.Metadata);
        }

        WriteBytes(writer, member.Assignment);
    }

    private static MemberSnapshot ReadMember(BinaryReader reader)
    {
        MemberSnapshot member = new()
        {
            MemberId = reader.ReadString(),
            InstanceId = ReadNullable(reader),
            ClientId = reader.ReadString(),
            ClientHost = reader.ReadString(),
            SessionTimeout = TimeSpan.FromMilliseconds(reader.ReadInt32()),
            RebalanceTimeout = TimeSpan.FromMilliseconds(reader.ReadInt32()),
        };
        GroupProtocol[] protocols = new GroupProtocol[reader.ReadInt32()];
        for (int i = 0; i < protocols.Length; i++)
        {
            protocols[i] = new GroupProtocol(reader.ReadString(), ReadBytes(reader));
        }

        return member with
        {
            Protocols = protocols,
            Assignment = ReadBytes(reader),
        };
    }

    private static void WriteNullable(BinaryWriter writer, string? value)
    {
        writer.Write(value is not null);
        if (value is not null)
        {
            writer.Write(value);
        }
    }

    private static string? ReadNullable(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void WriteBytes(BinaryWriter writer, byte[] value)
    {
        writer.Write(value.Length);
        writer.Write(value);
    }

    private static byte[] ReadBytes(BinaryReader reader) => reader.ReadBytes(reader.ReadInt32());

    private static void ThrowUnknown(byte kind, byte version) =>
        throw new InvalidDataException(
            $"The groups' journal has an entry of kind {kind}, layout {version}, but this broker reads layout {LayoutVersion}; "
                + "use the broker version that wrote it, or start with an empty data directory."
        );
}
