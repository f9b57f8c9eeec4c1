using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// The bytes of a keyed task's state, version 3: protocol state first, then the logic's own snapshot, opaque. Version 2 added what keyed
/// tasks have not acknowledged, version 3 the freeze; it is written only where there was one.
/// </summary>
internal static class TaskCheckpointCodec
{
    private const byte Kind = (byte)'T';
    private const byte WithUnacknowledged = 2;
    private const byte WithFreeze = 3;

    public static void Write(DataWriter writer, KeyedTaskOptions task, TaskCheckpoint state)
    {
        writer.WriteByte(Kind);
        writer.WriteByte(state.FreezeNumber > 0 ? WithFreeze : WithUnacknowledged);
        writer.WriteName(task.Job);
        writer.WriteName(task.Stage);
        writer.WriteNumber(task.Task);
        writer.WriteVarInt64(state.Watermark);
        writer.WriteVarInt64(state.NextSequence);
        writer.WriteBoolean(state.IsFlushRequested);
        if (state.FreezeNumber > 0)
        {
            writer.WriteBoolean(state.IsFrozen);
            writer.WriteNumber(state.FreezeNumber);
        }

        writer.WriteNumber(state.KnownEdges.Count);
        foreach (string edge in state.KnownEdges)
        {
            writer.WriteName(edge);
        }

        writer.WriteNumber(state.Channels.Count);
        foreach (ChannelReceiver channel in state.Channels.Values)
        {
            WriteChannel(writer, channel);
        }

        writer.WriteNumber(state.Positions.Count);
        foreach ((ChannelId channel, long position) in state.Positions)
        {
            writer.WriteChannel(channel);
            writer.WriteVarInt64(position);
        }

        writer.WriteNumber(state.Envelopes.Count);
        foreach (Envelope envelope in state.Envelopes)
        {
            EnvelopeCodec.Write(writer, envelope);
        }

        writer.WriteNumber(state.Unacknowledged.Count);
        foreach (Envelope envelope in state.Unacknowledged)
        {
            EnvelopeCodec.Write(writer, envelope);
        }

        writer.WriteNumber(state.SinkEntries.Count);
        foreach (SinkEntry entry in state.SinkEntries)
        {
            writer.WriteName(entry.Sink);
            writer.WriteVarInt64(entry.Sequence);
            writer.WriteBytes(entry.Record.Span);
        }
    }

    /// <summary>Reads the protocol's part and returns the logic's snapshot.</summary>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> bytes, KeyedTaskOptions task, TaskCheckpoint state)
    {
        DataReader reader = new(bytes.Span, $"State of task {task.Job}/{task.Stage}/{task.Task}");
        byte version = reader.ReadVersion(Kind, WithFreeze);
        (string? job, string? stage, int index) = (reader.ReadName(), reader.ReadName(), reader.ReadNumber());
        if (job != task.Job || stage != task.Stage || index != task.Task)
        {
            throw new InvalidDataException(
                $"State of task {task.Job}/{task.Stage}/{task.Task}: these are the bytes of task {job}/{stage}/{index}; give each task its "
                    + "own state."
            );
        }

        state.Watermark = reader.ReadVarInt64();
        state.NextSequence = reader.ReadVarInt64();
        state.IsFlushRequested = reader.ReadBoolean();
        (state.IsFrozen, state.FreezeNumber) = version < WithFreeze ? (false, 0) : (reader.ReadBoolean(), reader.ReadNumber());
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            state.KnownEdges.Add(reader.ReadName());
        }

        for (int i = reader.ReadCount(); i > 0; i--)
        {
            ChannelReceiver channel = ReadChannel(ref reader, version, bytes);
            state.Channels.Add(channel.Id, channel);
        }

        for (int i = reader.ReadCount(); i > 0; i--)
        {
            state.Positions.Add(reader.ReadChannel(), reader.ReadVarInt64());
        }

        for (int i = reader.ReadCount(); i > 0; i--)
        {
            state.Envelopes.Add(EnvelopeCodec.Read(ref reader, bytes));
        }

        for (int i = version < WithUnacknowledged ? 0 : reader.ReadCount(); i > 0; i--)
        {
            state.Unacknowledged.Add(EnvelopeCodec.Read(ref reader, bytes));
        }

        for (int i = reader.ReadCount(); i > 0; i--)
        {
            state.SinkEntries.Add(new SinkEntry(reader.ReadName(), reader.ReadVarInt64(), reader.ReadSlice(bytes)));
        }

        return bytes[^reader.Remaining..];
    }

    private static void WriteChannel(DataWriter writer, ChannelReceiver channel)
    {
        writer.WriteChannel(channel.Id);
        writer.WriteVarInt64(channel.Applied);
        writer.WriteVarInt64(channel.Watermark);
        writer.WriteVarInt64(channel.PendingWatermark);
        writer.WriteVarInt64(channel.PendingPosition);
        writer.WriteVarInt64(channel.Acknowledged);
        writer.WriteBoolean(channel.OwesAcknowledgement);
        writer.WriteNumber(channel.Held.Count);
        foreach (Envelope held in channel.Held)
        {
            EnvelopeCodec.Write(writer, held);
        }
    }

    private static ChannelReceiver ReadChannel(ref DataReader reader, byte version, ReadOnlyMemory<byte> bytes)
    {
        ChannelReceiver channel = new(reader.ReadChannel())
        {
            Applied = reader.ReadVarInt64(),
            Watermark = reader.ReadVarInt64(),
            PendingWatermark = reader.ReadVarInt64(),
            PendingPosition = reader.ReadVarInt64(),
            Acknowledged = version < WithUnacknowledged ? SentPositions.None : reader.ReadVarInt64(),
            OwesAcknowledgement = version >= WithUnacknowledged && reader.ReadBoolean(),
        };
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            channel.Keep(EnvelopeCodec.Read(ref reader, bytes));
        }

        return channel;
    }
}
