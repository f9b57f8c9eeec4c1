using System.Buffers;

namespace Millrace.Ledger;

/// <summary>The bytes of a keyed task's state, version 2: protocol state first, then the logic's own snapshot, opaque.</summary>
internal static class TaskCheckpointCodec
{
    private const byte Kind = (byte)'T';
    private const byte Newest = 2;

    public static void Write(IBufferWriter<byte> output, KeyedTaskOptions task, TaskCheckpoint state)
    {
        WireWriter writer = new(output);
        writer.Byte(Kind);
        writer.Byte(Newest);
        writer.Name(task.Job);
        writer.Name(task.Stage);
        writer.Count(task.Task);
        writer.Signed(state.Watermark);
        writer.Signed(state.NextSequence);
        writer.Flag(state.IsFlushRequested);
        writer.Count(state.KnownEdges.Count);
        foreach (string edge in state.KnownEdges)
        {
            writer.Name(edge);
        }

        writer.Count(state.Channels.Count);
        foreach (ChannelReceiver channel in state.Channels.Values)
        {
            WriteChannel(writer, channel);
        }

        writer.Count(state.Positions.Count);
        foreach ((ChannelId channel, long position) in state.Positions)
        {
            writer.Channel(channel);
            writer.Signed(position);
        }

        writer.Count(state.Envelopes.Count);
        foreach (Envelope envelope in state.Envelopes)
        {
            EnvelopeCodec.Write(writer, envelope);
        }

        writer.Count(state.Unacknowledged.Count);
        foreach (Envelope envelope in state.Unacknowledged)
        {
            EnvelopeCodec.Write(writer, envelope);
        }

        writer.Count(state.SinkEntries.Count);
        foreach (SinkEntry entry in state.SinkEntries)
        {
            writer.Name(entry.Sink);
            writer.Signed(entry.Sequence);
            writer.Bytes(entry.Record.Span);
        }
    }

    /// <summary>Reads the protocol's part and returns the logic's snapshot.</summary>
    public static ReadOnlyMemory<byte> Read(ReadOnlyMemory<byte> bytes, KeyedTaskOptions task, TaskCheckpoint state)
    {
        WireReader reader = new(bytes, $"State of task {task.Job}/{task.Stage}/{task.Task}");
        byte version = reader.Version(Kind, Newest);
        (string? job, string? stage, int index) = (reader.Name(), reader.Name(), reader.Count());
        if (job != task.Job || stage != task.Stage || index != task.Task)
        {
            throw new WireFormatException(
                $"State of task {task.Job}/{task.Stage}/{task.Task}: these are the bytes of task {job}/{stage}/{index}; give each task its "
                    + "own state."
            );
        }

        state.Watermark = reader.Signed();
        state.NextSequence = reader.Signed();
        state.IsFlushRequested = reader.Flag();
        for (int i = reader.Items(); i > 0; i--)
        {
            state.KnownEdges.Add(reader.Name());
        }

        for (int i = reader.Items(); i > 0; i--)
        {
            ChannelReceiver channel = ReadChannel(ref reader, version);
            state.Channels.Add(channel.Id, channel);
        }

        for (int i = reader.Items(); i > 0; i--)
        {
            state.Positions.Add(reader.Channel(), reader.Signed());
        }

        for (int i = reader.Items(); i > 0; i--)
        {
            state.Envelopes.Add(EnvelopeCodec.Read(ref reader));
        }

        for (int i = version < 2 ? 0 : reader.Items(); i > 0; i--)
        {
            state.Unacknowledged.Add(EnvelopeCodec.Read(ref reader));
        }

        for (int i = reader.Items(); i > 0; i--)
        {
            state.SinkEntries.Add(new SinkEntry(reader.Name(), reader.Signed(), reader.Bytes()));
        }

        return bytes[^reader.Remaining..];
    }

    private static void WriteChannel(in WireWriter writer, ChannelReceiver channel)
    {
        writer.Channel(channel.Id);
        writer.Signed(channel.Applied);
        writer.Signed(channel.Watermark);
        writer.Signed(channel.PendingWatermark);
        writer.Signed(channel.PendingPosition);
        writer.Signed(channel.Acknowledged);
        writer.Flag(channel.OwesAcknowledgement);
        writer.Count(channel.Held.Count);
        foreach (Envelope held in channel.Held)
        {
            EnvelopeCodec.Write(writer, held);
        }
    }

    private static ChannelReceiver ReadChannel(ref WireReader reader, byte version)
    {
        ChannelReceiver channel = new(reader.Channel())
        {
            Applied = reader.Signed(),
            Watermark = reader.Signed(),
            PendingWatermark = reader.Signed(),
            PendingPosition = reader.Signed(),
            Acknowledged = version < 2 ? SentPositions.None : reader.Signed(),
            OwesAcknowledgement = version >= 2 && reader.Flag(),
        };
        for (int i = reader.Items(); i > 0; i--)
        {
            channel.Keep(EnvelopeCodec.Read(ref reader));
        }

        return channel;
    }
}
