using System.Buffers.Binary;
using Millrace.Serialization;
using Millrace.Time;

namespace Millrace.Durable.Protocol;

/// <summary>
/// The bytes of a ledger. Version 2 adds votes, version 3 the topic's id, version 4 the first offset; each is written only where there is
/// what it adds. Equal states have equal bytes.
/// </summary>
internal static class LedgerCodec
{
    private const byte Kind = (byte)'L';
    private const byte Plain = 1;
    private const byte WithVotes = 2;
    private const byte WithId = 3;
    private const byte WithFirst = 4;

    public static byte[] Encode(LedgerState state)
    {
        DataWriter writer = new(64 + (state.Sent.Entries.Length * 16));
        writer.WriteByte(Kind);
        bool hasFirst = state.First >= 0;
        bool hasId = hasFirst || state.TopicId != Guid.Empty;
        bool hasVotes = hasId || state.Votes.Count > 0;
        writer.WriteByte(
            hasFirst ? WithFirst
            : hasId ? WithId
            : hasVotes ? WithVotes
            : Plain
        );
        writer.WriteVarInt64(state.Epoch);
        writer.WriteVarInt64(state.Next);
        writer.WriteVarInt64(state.Watermark);
        writer.WriteBoolean(state.Plan.HasValue);
        if (state.Plan is { } plan)
        {
            writer.WriteVarInt64(plan.From);
            writer.WriteVarInt64(plan.To);
        }

        writer.WriteNumber(state.Sent.Entries.Length);
        foreach (KeyValuePair<ChannelId, long> entry in state.Sent.Entries)
        {
            writer.WriteChannel(entry.Key);
            writer.WriteVarInt64(entry.Value);
        }

        if (hasVotes)
        {
            writer.WriteVarInt64(state.Votes.Time);
            writer.WriteNumber(state.Votes.Count);
        }

        if (hasId)
        {
            Span<byte> id = stackalloc byte[16];
            state.TopicId.TryWriteBytes(id, bigEndian: true, out _);
            writer.WriteVarUInt64(BinaryPrimitives.ReadUInt64BigEndian(id));
            writer.WriteVarUInt64(BinaryPrimitives.ReadUInt64BigEndian(id[8..]));
        }

        if (hasFirst)
        {
            writer.WriteVarInt64(state.First);
        }

        return writer.ToArray();
    }

    public static LedgerState Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Ledger");
        byte version = reader.ReadVersion(Kind, WithFirst);
        (long epoch, long next, long watermark) = (reader.ReadVarInt64(), reader.ReadVarInt64(), reader.ReadVarInt64());
        OffsetRange? plan = reader.ReadBoolean() ? new OffsetRange(reader.ReadVarInt64(), reader.ReadVarInt64()) : null;
        KeyValuePair<ChannelId, long>[] sent = new KeyValuePair<ChannelId, long>[reader.ReadCount()];
        for (int i = 0; i < sent.Length; i++)
        {
            sent[i] = new KeyValuePair<ChannelId, long>(reader.ReadChannel(), reader.ReadVarInt64());
        }

        TimestampVotes votes = version >= WithVotes ? new TimestampVotes(reader.ReadVarInt64(), reader.ReadNumber()) : default;
        Guid topicId = version >= WithId ? ReadId(ref reader) : Guid.Empty;
        long first = version >= WithFirst ? reader.ReadVarInt64() : -1;
        reader.ReadEnd();
        return new LedgerState(epoch, next, watermark, SentPositions.Of(sent), plan)
        {
            Votes = votes,
            TopicId = topicId,
            First = first,
        };
    }

    private static Guid ReadId(ref DataReader reader)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(id, reader.ReadVarUInt64());
        BinaryPrimitives.WriteUInt64BigEndian(id[8..], reader.ReadVarUInt64());
        return new Guid(id, bigEndian: true);
    }
}
