using Millrace.Connectors;
using Millrace.Kafka.Interop;
using Millrace.Serialization;

namespace Millrace.Kafka.Sources;

/// <summary>A topic partition, how far it has been read, and where to stop.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Position">Offset of the next record to read; -2 = the partition's beginning.</param>
/// <param name="Stop">Offset of the first record not to read any more; <see langword="null"/> = read on for ever.</param>
internal sealed record KafkaSplit(KafkaTopicPartition Partition, long Position, long? Stop)
{
    private const byte Version = 1;

    internal string Id { get; } = Partition.ToString();

    internal static KafkaSplit From(SourceSplit split)
    {
        DataReader reader = new(split.Position.Span);
        byte version = reader.ReadByte();
        if (version != Version)
        {
            throw new InvalidDataException(
                $"Kafka split '{split.Id}' has position format {version}; this version of Millrace reads {Version}. Use the version that wrote the checkpoint, or a newer one.");
        }

        string topic = reader.ReadString() ?? throw new InvalidDataException($"Kafka split '{split.Id}' names no topic; the checkpoint is damaged.");
        int partition = (int)reader.ReadVarUInt32();
        long position = reader.ReadVarInt64();
        long? stop = reader.ReadBoolean() ? reader.ReadVarInt64() : null;
        return new KafkaSplit(new KafkaTopicPartition(topic, partition), position, stop);
    }

    internal SourceSplit ToSourceSplit()
    {
        DataWriter writer = new(64);
        writer.WriteByte(Version);
        writer.WriteString(Partition.Topic);
        writer.WriteVarUInt32((uint)Partition.Partition);
        writer.WriteVarInt64(Position);
        writer.WriteBoolean(Stop.HasValue);
        if (Stop is { } stop) writer.WriteVarInt64(stop);
        return new SourceSplit(Id, Hint(Partition), writer.ToArray());
    }

    /// <summary>Whether nothing is left to read. A beginning that is not resolved yet lies before every stop but 0.</summary>
    internal static bool IsDone(long position, long? stop) => stop is { } end && (position == LogicalOffset.Beginning ? 0 : position) >= end;

    // Partitions of one topic go to consecutive tasks; topics begin at different tasks, so that many small topics do not all land on task 0.
    private static int Hint(KafkaTopicPartition partition)
    {
        uint hash = 2166136261;
        foreach (char c in partition.Topic) hash = (hash ^ c) * 16777619;
        return (int)(hash & 0x00FF_FFFF) + partition.Partition;
    }
}
