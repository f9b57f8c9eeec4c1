using System.Buffers;
using System.Buffers.Binary;
using Millrace.Time;

namespace Millrace.Ledger;

/// <summary>
/// The bytes of a ledger. Version 2 adds votes, version 3 the topic's id; each is written only where there is what it adds. Equal states
/// have equal bytes.
/// </summary>
internal static class LedgerCodec
{
    private const byte Kind = (byte)'L';
    private const byte Plain = 1;
    private const byte WithVotes = 2;
    private const byte WithId = 3;

    public static byte[] Encode(LedgerState state)
    {
        ArrayBufferWriter<byte> buffer = new(64 + (state.Sent.Entries.Length * 16));
        WireWriter writer = new(buffer);
        writer.Byte(Kind);
        bool hasId = state.TopicId != Guid.Empty;
        bool hasVotes = hasId || state.Votes.Count > 0;
        writer.Byte(
            hasId ? WithId
            : hasVotes ? WithVotes
            : Plain
        );
        writer.Signed(state.Epoch);
        writer.Signed(state.Next);
        writer.Signed(state.Watermark);
        writer.Flag(state.Plan.HasValue);
        if (state.Plan is { } plan)
        {
            writer.Signed(plan.From);
            writer.Signed(plan.To);
        }

        writer.Count(state.Sent.Entries.Length);
        foreach (KeyValuePair<ChannelId, long> entry in state.Sent.Entries)
        {
            writer.Channel(entry.Key);
            writer.Signed(entry.Value);
        }

        if (hasVotes)
        {
            writer.Signed(state.Votes.Time);
            writer.Count(state.Votes.Count);
        }

        if (hasId)
        {
            Span<byte> id = stackalloc byte[16];
            state.TopicId.TryWriteBytes(id, bigEndian: true, out _);
            writer.Unsigned(BinaryPrimitives.ReadUInt64BigEndian(id));
            writer.Unsigned(BinaryPrimitives.ReadUInt64BigEndian(id[8..]));
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static LedgerState Decode(ReadOnlyMemory<byte> bytes)
    {
        WireReader reader = new(bytes, "Ledger");
        byte version = reader.Version(Kind, WithId);
        (long epoch, long next, long watermark) = (reader.Signed(), reader.Signed(), reader.Signed());
        OffsetRange? plan = reader.Flag() ? new OffsetRange(reader.Signed(), reader.Signed()) : null;
        KeyValuePair<ChannelId, long>[] sent = new KeyValuePair<ChannelId, long>[reader.Items()];
        for (int i = 0; i < sent.Length; i++)
        {
            sent[i] = new KeyValuePair<ChannelId, long>(reader.Channel(), reader.Signed());
        }

        TimestampVotes votes = version >= WithVotes ? new TimestampVotes(reader.Signed(), reader.Count()) : default;
        Guid topicId = version >= WithId ? ReadId(ref reader) : Guid.Empty;
        reader.End();
        return new LedgerState(epoch, next, watermark, SentPositions.Of(sent), plan) { Votes = votes, TopicId = topicId };
    }

    private static Guid ReadId(ref WireReader reader)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, reader.Unsigned());
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], reader.Unsigned());
        return new Guid(id, bigEndian: true);
    }
}
