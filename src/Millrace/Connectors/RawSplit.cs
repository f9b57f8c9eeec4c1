using System.Collections.Frozen;
using System.Globalization;
using Millrace.Serialization;

namespace Millrace.Connectors;

/// <summary>How a raw source's positions stand in checkpoints, where the source has no format of its own.</summary>
internal static class RawSplit
{
    public static readonly IReadOnlyDictionary<string, string> NoProperties = FrozenDictionary<string, string>.Empty;
    public static readonly TimeSpan? DefaultDiscoveryInterval = TimeSpan.FromSeconds(30);

    private const byte FormatVersion = 1;
    private const int IdSize = 16;

    public static SourceSplit At(in RawPosition position)
    {
        DataWriter writer = new(64);
        writer.WriteByte(FormatVersion);
        writer.WriteString(position.Topic);
        writer.WriteVarUInt32((uint)position.Partition);
        writer.WriteVarInt64(position.Offset);
        Span<byte> id = stackalloc byte[IdSize];
        position.TopicId.TryWriteBytes(id, bigEndian: true, out _);
        writer.WriteRaw(id);
        writer.WriteBoolean(position.Stop.HasValue);
        if (position.Stop is { } stop)
        {
            writer.WriteVarInt64(stop);
        }

        string name = string.Create(CultureInfo.InvariantCulture, $"{position.Topic}-{position.Partition}");
        return new SourceSplit(name, HintOf(position.Topic, position.Partition), writer.ToArray());
    }

    public static RawPosition PositionOf(SourceSplit split)
    {
        ArgumentNullException.ThrowIfNull(split);
        DataReader reader = new(split.Position.Span);
        byte version = reader.AtEnd ? (byte)0 : reader.ReadByte();
        if (version != FormatVersion)
        {
            throw new InvalidDataException(
                $"Split '{split.Id}' has position format {version}, this version of Millrace reads {FormatVersion}; restore with the "
                    + "version that wrote the checkpoint, or a later one."
            );
        }

        string topic =
            reader.ReadString()
            ?? throw new InvalidDataException($"Split '{split.Id}' names no topic; the checkpoint is damaged, restore an earlier one.");
        RawPosition position = new(topic, (int)reader.ReadVarUInt32(), reader.ReadVarInt64())
        {
            TopicId = new Guid(reader.ReadRaw(IdSize), bigEndian: true),
        };
        return reader.ReadBoolean() ? position with { Stop = reader.ReadVarInt64() } : position;
    }

    /// <summary>
    /// Partitions of one topic go to consecutive tasks; topics begin at different tasks, so that many small topics do not all land on task
    /// 0.
    /// </summary>
    public static int HintOf(string topic, int partition)
    {
        uint hash = 2166136261;
        foreach (char c in topic)
        {
            hash = (hash ^ c) * 16777619;
        }

        return (int)(hash & 0x00FF_FFFF) + partition;
    }
}
