using System.Buffers;

namespace Millrace.Ledger;

/// <summary>The bytes of a ledger, version 1. Equal states have equal bytes.</summary>
internal static class LedgerCodec
{
    private const byte Kind = (byte)'L';
    private const byte Newest = 1;

    public static byte[] Encode(LedgerState state)
    {
        var buffer = new ArrayBufferWriter<byte>(64 + (state.Sent.Entries.Length * 16));
        var writer = new WireWriter(buffer);
        writer.Byte(Kind);
        writer.Byte(Newest);
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

        return buffer.WrittenSpan.ToArray();
    }

    public static LedgerState Decode(ReadOnlyMemory<byte> bytes)
    {
        var reader = new WireReader(bytes, "Ledger");
        reader.Version(Kind, Newest);
        var (epoch, next, watermark) = (reader.Signed(), reader.Signed(), reader.Signed());
        OffsetRange? plan = reader.Flag() ? new OffsetRange(reader.Signed(), reader.Signed()) : null;
        var sent = new KeyValuePair<ChannelId, long>[reader.Items()];
        for (var i = 0; i < sent.Length; i++)
        {
            sent[i] = new KeyValuePair<ChannelId, long>(reader.Channel(), reader.Signed());
        }

        reader.End();
        return new LedgerState(epoch, next, watermark, SentPositions.Of(sent), plan);
    }
}
