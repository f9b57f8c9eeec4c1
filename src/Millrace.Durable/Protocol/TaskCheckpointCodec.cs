using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// The bytes of a keyed task's state, version 4: protocol state first, then the logic's own snapshot, opaque. Version 2 added what keyed
/// tasks have not acknowledged, version 3 the freeze. Version 4 has of each channel only what differs from a new one, and its numbers as
/// differences: there may be a thousand channels, and a state is written with every batch. Version 5 is version 4 of a state that has parts
/// besides these bytes: who does not know of parts must not read it.
/// </summary>
internal static class TaskCheckpointCodec
{
    private const byte Kind = (byte)'T';
    private const byte WithUnacknowledged = 2;
    private const byte WithFreeze = 3;
    private const byte WithShortChannels = 4;
    private const byte WithParts = 5;

    [Flags]
    private enum Parts : byte
    {
        None = 0,

        /// <summary>The first channel of an edge: its name follows.</summary>
        Edge = 1,

        /// <summary>Its receiver is not this task.</summary>
        Downstream = 2,

        Applied = 4,

        /// <summary>As the difference to that of the channel before.</summary>
        Watermark = 8,

        Pending = 16,

        Acknowledgement = 32,

        Held = 64,

        /// <summary>A resend has got to what is applied.</summary>
        Resent = 128,
    }

    public static void Write(DataWriter writer, KeyedTaskOptions task, TaskCheckpoint state)
    {
        writer.WriteByte(Kind);
        writer.WriteByte(WithShortChannels);
        writer.WriteName(task.Job);
        writer.WriteName(task.Stage);
        writer.WriteNumber(task.Task);
        writer.WriteVarInt64(state.Watermark);
        writer.WriteVarInt64(state.NextSequence);
        writer.WriteBoolean(state.IsFlushRequested);
        writer.WriteBoolean(state.IsFrozen);
        writer.WriteNumber(state.FreezeNumber);
        writer.WriteNumber(state.KnownEdges.Count);
        foreach (string edge in state.KnownEdges)
        {
            writer.WriteName(edge);
        }

        WriteChannels(writer, task, state);

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

    /// <summary>Says in what <see cref="Write"/> has written first that the state has parts besides.</summary>
    public static void MarkParts(Span<byte> bytes) => bytes[1] = WithParts;

    /// <summary>Reads the protocol's part and returns the logic's snapshot.</summary>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> bytes, KeyedTaskOptions task, TaskCheckpoint state)
    {
        DataReader reader = new(bytes.Span, $"State of task {task.Job}/{task.Stage}/{task.Task}");
        byte version = reader.ReadVersion(Kind, WithParts);
        state.HasParts = version >= WithParts;
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

        if (version >= WithShortChannels)
        {
            ReadChannels(ref reader, task, state, bytes);
        }
        else
        {
            for (int i = reader.ReadCount(); i > 0; i--)
            {
                ChannelReceiver channel = ReadLongChannel(ref reader, version, bytes);
                state.Channels.Add(channel.Id, channel);
            }
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

    private static void WriteChannels(DataWriter writer, KeyedTaskOptions task, TaskCheckpoint state)
    {
        writer.WriteNumber(state.Channels.Count);
        (string? edge, int upstream, long watermark) = (null, 0, 0);
        foreach (ChannelReceiver channel in state.Channels.Values)
        {
            Parts parts = PartsOf(channel, task, edge);
            writer.WriteByte((byte)parts);
            if (parts.HasFlag(Parts.Edge))
            {
                (edge, upstream) = (channel.Id.Edge, 0);
                writer.WriteName(edge);
            }

            // They are in order.
            writer.WriteNumber(channel.Id.Upstream - upstream);
            upstream = channel.Id.Upstream;
            if (parts.HasFlag(Parts.Downstream))
            {
                writer.WriteNumber(channel.Id.Downstream);
            }

            if (parts.HasFlag(Parts.Applied))
            {
                writer.WriteVarInt64(channel.Applied);
            }

            if (parts.HasFlag(Parts.Watermark))
            {
                writer.WriteVarInt64(unchecked(channel.Watermark - watermark));
                watermark = channel.Watermark;
            }

            if (parts.HasFlag(Parts.Pending))
            {
                writer.WriteVarInt64(channel.PendingWatermark);
                writer.WriteVarInt64(channel.PendingPosition);
            }

            if (parts.HasFlag(Parts.Acknowledgement))
            {
                writer.WriteVarInt64(channel.Acknowledged);
                writer.WriteBoolean(channel.OwesAcknowledgement);
            }

            if (parts.HasFlag(Parts.Held))
            {
                writer.WriteNumber(channel.Held.Count);
                foreach (Envelope held in channel.Held)
                {
                    EnvelopeCodec.Write(writer, held);
                }
            }
        }
    }

    private static Parts PartsOf(ChannelReceiver channel, KeyedTaskOptions task, string? edge) =>
        (string.Equals(channel.Id.Edge, edge, StringComparison.Ordinal) ? Parts.None : Parts.Edge)
        | (channel.Id.Downstream == task.Task ? Parts.None : Parts.Downstream)
        | (channel.Applied == SentPositions.None ? Parts.None : Parts.Applied)
        | (channel.Watermark == long.MinValue ? Parts.None : Parts.Watermark)
        | (channel is { PendingWatermark: long.MinValue, PendingPosition: SentPositions.None } ? Parts.None : Parts.Pending)
        | (channel is { Acknowledged: SentPositions.None, OwesAcknowledgement: false } ? Parts.None : Parts.Acknowledgement)
        | (channel.Held.Count == 0 ? Parts.None : Parts.Held)
        | (channel.IsResent ? Parts.Resent : Parts.None);

    private static void ReadChannels(ref DataReader reader, KeyedTaskOptions task, TaskCheckpoint state, ReadOnlyMemory<byte> bytes)
    {
        (string? edge, int upstream, long watermark) = (null, 0, 0);
        for (int i = reader.ReadCount(); i > 0; i--)
        {
            Parts parts = (Parts)reader.ReadByte();
            if (parts.HasFlag(Parts.Edge))
            {
                (edge, upstream) = (reader.ReadName(), 0);
            }

            long next = (long)upstream + reader.ReadNumber();
            if (edge is null || next > int.MaxValue)
            {
                throw Damaged(reader, $"there is a channel {edge}:{next}");
            }

            upstream = (int)next;
            ChannelReceiver channel = new(new ChannelId(edge, upstream, parts.HasFlag(Parts.Downstream) ? reader.ReadNumber() : task.Task));
            channel.IsResent = parts.HasFlag(Parts.Resent);
            if (parts.HasFlag(Parts.Applied))
            {
                channel.Applied = reader.ReadVarInt64();
            }

            if (parts.HasFlag(Parts.Watermark))
            {
                channel.Watermark = watermark = unchecked(watermark + reader.ReadVarInt64());
            }

            if (parts.HasFlag(Parts.Pending))
            {
                channel.PendingWatermark = reader.ReadVarInt64();
                channel.PendingPosition = reader.ReadVarInt64();
            }

            if (parts.HasFlag(Parts.Acknowledgement))
            {
                channel.Acknowledged = reader.ReadVarInt64();
                channel.OwesAcknowledgement = reader.ReadBoolean();
            }

            for (int held = parts.HasFlag(Parts.Held) ? reader.ReadCount() : 0; held > 0; held--)
            {
                channel.Keep(EnvelopeCodec.Read(ref reader, bytes));
            }

            if (!state.Channels.TryAdd(channel.Id, channel))
            {
                throw Damaged(reader, $"channel {channel.Id} is there twice");
            }
        }
    }

    private static InvalidDataException Damaged(in DataReader reader, string what) =>
        new($"{reader.Subject}: {what}; the bytes are damaged.");

    private static ChannelReceiver ReadLongChannel(ref DataReader reader, byte version, ReadOnlyMemory<byte> bytes)
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
