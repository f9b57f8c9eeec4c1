using System.Buffers;
using System.Text;

namespace Millrace.Ledger;

/// <summary>The bytes of an envelope, version 1.</summary>
internal static class EnvelopeCodec
{
    private const byte Kind = (byte)'E';
    private const byte Newest = 1;
    private const byte KindMask = 0x0F;
    private const byte ResendFlag = 0x10;
    private const byte FragmentFlag = 0x20;

    public static byte[] Encode(Envelope envelope)
    {
        ArrayBufferWriter<byte> buffer = new(envelope.Payload.Length + 128);
        Write(new WireWriter(buffer), envelope);
        if (buffer.WrittenCount > EnvelopeLimits.MaxEncodedBytes)
        {
            throw new ArgumentException(
                $"The envelope {envelope} takes {buffer.WrittenCount} bytes, more than {EnvelopeLimits.MaxEncodedBytes}; cut its payload "
                    + "with ChannelSender.",
                nameof(envelope)
            );
        }

        return buffer.WrittenSpan.ToArray();
    }

    public static Envelope Decode(ReadOnlyMemory<byte> bytes)
    {
        WireReader reader = new(bytes, "Envelope");
        Envelope envelope = Read(ref reader);
        reader.End();
        return envelope;
    }

    public static void Write(in WireWriter writer, Envelope envelope)
    {
        writer.Byte(Kind);
        writer.Byte(Newest);
        bool fragmented = envelope.FragmentCount > 1;
        writer.Byte((byte)((byte)envelope.Kind | (envelope.IsResend ? ResendFlag : 0) | (fragmented ? FragmentFlag : 0)));
        writer.Name(envelope.Job);
        writer.Channel(envelope.Channel);
        writer.Signed(envelope.Epoch);
        writer.Signed(envelope.Previous);
        writer.Signed(envelope.From);
        writer.Signed(envelope.To);
        writer.Signed(envelope.Watermark);
        if (fragmented)
        {
            writer.Count(envelope.Fragment);
            writer.Count(envelope.FragmentCount);
        }

        writer.Bytes(envelope.Payload.Span);
    }

    public static Envelope Read(ref WireReader reader)
    {
        reader.Version(Kind, Newest);
        byte flags = reader.Byte();
        Envelope envelope = new()
        {
            Job = reader.Name(),
            Channel = reader.Channel(),
            Epoch = reader.Signed(),
            Previous = reader.Signed(),
            From = reader.Signed(),
            To = reader.Signed(),
            Watermark = reader.Signed(),
            Kind = (PayloadKind)(flags & KindMask),
            IsResend = (flags & ResendFlag) != 0,
            Fragment = (flags & FragmentFlag) != 0 ? reader.Count() : 0,
            FragmentCount = (flags & FragmentFlag) != 0 ? reader.Count() : 1,
            Payload = reader.Bytes(),
        };
        Check(envelope, flags);
        return envelope;
    }

    /// <summary>Names are part of every envelope's header, so their length is checked once, when a job is built.</summary>
    public static void CheckName(string name, string what)
    {
        int length = Encoding.UTF8.GetByteCount(name);
        if (length is 0 or > EnvelopeLimits.MaxNameBytes)
        {
            throw new ArgumentException(
                $"The {what} '{name}' takes {length} bytes in UTF-8; give it 1 to {EnvelopeLimits.MaxNameBytes}.",
                nameof(name)
            );
        }
    }

    private static void Check(Envelope envelope, byte flags)
    {
        if (envelope.Kind > PayloadKind.Whole || (flags & ~(KindMask | ResendFlag | FragmentFlag)) != 0)
        {
            throw new WireFormatException(
                $"Envelope {envelope.Channel}: flags 0x{flags:x2} are unknown; run the build that wrote it or a newer one."
            );
        }

        if (envelope.To < envelope.From || envelope.Previous >= envelope.To || envelope.Fragment >= envelope.FragmentCount)
        {
            throw new WireFormatException(
                $"Envelope {envelope}: previous < from <= to and fragment < count do not hold; the bytes are damaged."
            );
        }
    }
}
