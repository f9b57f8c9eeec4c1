using System.Buffers;
using Millrace.Time;

namespace Millrace.Ledger;

/// <summary>The bytes of a ledger. Version 2 adds votes and is written only where there are any. Equal states have equal bytes.</summary>
internal static class LedgerCodec
{
    private const byte Kind = (byte)'L';
    private const byte Plain = 1;
    private const byte WithVotes = 2;

    public static byte[] Encode(LedgerState state)
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (state.Sent.Entries.Length * 16));
        var writer = new WireWriter(buffer);
        writer.Byte(Kind);
        bool hasVotes = state.Votes.Count > 0;
        writer.Byte(hasVotes ? WithVotes : Plain);
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
        foreach (var entry in state.Sent.Entries)
        {
            writer.Channel(entry.Key);
            writer.Signed(entry.Value);
        }

        if (hasVotes)
        {
            writer.Signed(state.Votes.Time);
            writer.Count(state.Votes.Count);
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static LedgerState Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes, "Ledger");
        byte version = reader.Version(Kind, WithVotes);
        var (epoch, next, watermark) = (reader.Signed(), reader.Signed(), reader.Signed());
        OffsetRange? plan = reader.Flag() ? new OffsetRange(reader.Signed(), reader.Signed()) : null;
        var sent = new KeyValuePair<ChannelId, long>[reader.Items()];
        for (var i = 0; i < sent.Length; i++)
        {
            sent[i] = new KeyValuePair<ChannelId, long>(reader.Channel(), reader.Signed());
        }

        TimestampVotes votes = version >= WithVotes ? new TimestampVotes(reader.Signed(), reader.Count()) : default;
        reader.End();
        return new LedgerState(epoch, next, watermark, SentPositions.Of(sent), plan) { Votes = votes };
    }
}
