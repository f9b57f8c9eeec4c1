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
    // Version 1 knows neither topic id nor leader epoch; it still is written where neither is known.
    private const byte Plain = 1;
    private const byte Newest = 2;
    private const int IdSize = 16;

    /// <summary>The topic that <see cref="Position"/> is one of; empty = not known.</summary>
    internal Guid TopicId { get; init; }

    /// <summary>
    /// The leader epoch in which the record before <see cref="Position"/> was written, or another in which the log went up to there; -1 =
    /// not known.
    /// </summary>
    internal int LeaderEpoch { get; init; } = -1;

    /// <summary>Whether the topic was found to be another one, and is read from its beginning.</summary>
    internal bool IsAnew { get; init; }

    internal string Id { get; } = Partition.ToString();

    internal static KafkaSplit From(SourceSplit split)
    {
        DataReader reader = new(split.Position.Span);
        byte version = reader.ReadByte();
        if (version is not (Plain or Newest))
        {
            throw new InvalidDataException(
                $"Kafka split '{split.Id}' has position format {version}; this version of Millrace reads up to {Newest}. Use the version "
                    + "that wrote the checkpoint, or a newer one."
            );
        }

        string topic =
            reader.ReadString() ?? throw new InvalidDataException($"Kafka split '{split.Id}' names no topic; the checkpoint is damaged.");
        int partition = (int)reader.ReadVarUInt32();
        long position = reader.ReadVarInt64();
        long? stop = reader.ReadBoolean() ? reader.ReadVarInt64() : null;
        KafkaSplit plain = new(new KafkaTopicPartition(topic, partition), position, stop);
        return version == Plain
            ? plain
            : plain with
            {
                TopicId = new Guid(reader.ReadRaw(IdSize), bigEndian: true),
                LeaderEpoch = (int)reader.ReadVarInt64(),
            };
    }

    internal SourceSplit ToSourceSplit()
    {
        DataWriter writer = new(64);
        bool isPlain = TopicId == Guid.Empty && LeaderEpoch < 0;
        writer.WriteByte(isPlain ? Plain : Newest);
        writer.WriteString(Partition.Topic);
        writer.WriteVarUInt32((uint)Partition.Partition);
        writer.WriteVarInt64(Position);
        writer.WriteBoolean(Stop.HasValue);
        if (Stop is { } stop)
        {
            writer.WriteVarInt64(stop);
        }

        if (!isPlain)
        {
            Span<byte> id = stackalloc byte[IdSize];
            TopicId.TryWriteBytes(id, bigEndian: true, out _);
            writer.WriteRaw(id);
            writer.WriteVarInt64(LeaderEpoch);
        }

        return new SourceSplit(Id, RawSplit.HintOf(Partition.Topic, Partition.Partition), writer.ToArray());
    }

    internal RawPosition ToPosition() =>
        new(Partition.Topic, Partition.Partition, Math.Max(Position, -1)) { TopicId = TopicId, Stop = Stop };

    /// <summary>Whether nothing is left to read. A beginning that is not resolved yet lies before every stop but 0.</summary>
    internal static bool IsDone(long position, long? stop) =>
        stop is { } end && (position == LogicalOffset.Beginning ? 0 : position) >= end;
}
