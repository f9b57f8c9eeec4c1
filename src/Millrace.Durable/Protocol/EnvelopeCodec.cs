using System.Text;
using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// The bytes of an envelope, version 1, and of a message: envelopes for one task, one after the other. A message costs the same whatever it
/// carries, up to the limit of one envelope.
/// </summary>
internal static class EnvelopeCodec
{
    private const byte Kind = (byte)'E';
    private const byte Newest = 1;
    private const byte KindMask = 0x0F;
    private const byte ResendFlag = 0x10;
    private const byte FragmentFlag = 0x20;

    public static byte[] Encode(Envelope envelope)
    {
        DataWriter writer = new(MostBytes(envelope));
        WriteChecked(writer, envelope);
        return writer.ToArray();
    }

    /// <summary>Packs envelopes for one task, in their order, into as few messages as their limit allows.</summary>
    public static List<byte[]> Pack(IEnumerable<Envelope> envelopes)
    {
        List<byte[]> messages = [];
        DataWriter writer = new(Math.Min(envelopes.Sum(MostBytes), EnvelopeLimits.MaxEncodedBytes));
        foreach (Envelope envelope in envelopes)
        {
            if (writer.Length > 0 && writer.Length + MostBytes(envelope) > EnvelopeLimits.MaxEncodedBytes)
            {
                messages.Add(writer.ToArray());
                writer.Clear();
            }

            WriteChecked(writer, envelope);
        }

        if (writer.Length > 0)
        {
            messages.Add(writer.ToArray());
        }

        return messages;
    }

    /// <summary>The envelopes of a message.</summary>
    /// <param name="message">The message; must not change as long as its envelopes are used.</param>
    /// <param name="damage">What is wrong with what follows the last one; <see langword="null"/> = nothing follows it.</param>
    public static List<Envelope> Unpack(ReadOnlyMemory<byte> message, out InvalidDataException? damage)
    {
        List<Envelope> envelopes = [];
        DataReader reader = new(message.Span, "Envelope");
        damage = null;
        try
        {
            do
            {
                envelopes.Add(Read(ref reader, message));
            } while (!reader.AtEnd);
        }
        catch (InvalidDataException exception)
        {
            damage = exception;
        }

        return envelopes;
    }

    public static Envelope Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Envelope");
        Envelope envelope = Read(ref reader, bytes);
        reader.ReadEnd();
        return envelope;
    }

    // Numbers take less than 128 bytes.
    private static int MostBytes(Envelope envelope) =>
        envelope.Payload.Length + Encoding.UTF8.GetByteCount(envelope.Job) + Encoding.UTF8.GetByteCount(envelope.Channel.Edge) + 128;

    private static void WriteChecked(DataWriter writer, Envelope envelope)
    {
        int before = writer.Length;
        Write(writer, envelope);
        if (writer.Length - before > EnvelopeLimits.MaxEncodedBytes)
        {
            throw new ArgumentException(
                $"The envelope {envelope} takes {writer.Length - before} bytes, more than {EnvelopeLimits.MaxEncodedBytes}; cut its "
                    + "payload with ChannelSender.",
                nameof(envelope)
            );
        }
    }

    public static void Write(DataWriter writer, Envelope envelope)
    {
        writer.WriteByte(Kind);
        writer.WriteByte(Newest);
        bool fragmented = envelope.FragmentCount > 1;
        writer.WriteByte((byte)((byte)envelope.Kind | (envelope.IsResend ? ResendFlag : 0) | (fragmented ? FragmentFlag : 0)));
        writer.WriteName(envelope.Job);
        writer.WriteChannel(envelope.Channel);
        writer.WriteVarInt64(envelope.Epoch);
        writer.WriteVarInt64(envelope.Previous);
        writer.WriteVarInt64(envelope.From);
        writer.WriteVarInt64(envelope.To);
        writer.WriteVarInt64(envelope.Watermark);
        if (fragmented)
        {
            writer.WriteNumber(envelope.Fragment);
            writer.WriteNumber(envelope.FragmentCount);
        }

        writer.WriteBytes(envelope.Payload.Span);
    }

    /// <param name="reader">On the envelope.</param>
    /// <param name="bytes">All that the reader reads; the payload becomes a part of it.</param>
    public static Envelope Read(ref DataReader reader, ReadOnlyMemory<byte> bytes)
    {
        reader.ReadVersion(Kind, Newest);
        byte flags = reader.ReadByte();
        Envelope envelope = new()
        {
            Job = reader.ReadName(),
            Channel = reader.ReadChannel(),
            Epoch = reader.ReadVarInt64(),
            Previous = reader.ReadVarInt64(),
            From = reader.ReadVarInt64(),
            To = reader.ReadVarInt64(),
            Watermark = reader.ReadVarInt64(),
            Kind = (PayloadKind)(flags & KindMask),
            IsResend = (flags & ResendFlag) != 0,
            Fragment = (flags & FragmentFlag) != 0 ? reader.ReadNumber() : 0,
            FragmentCount = (flags & FragmentFlag) != 0 ? reader.ReadNumber() : 1,
            Payload = reader.ReadSlice(bytes),
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
            throw new InvalidDataException(
                $"Envelope {envelope.Channel}: flags 0x{flags:x2} are unknown; run the build that wrote it or a newer one."
            );
        }

        if (envelope.To < envelope.From || envelope.Previous >= envelope.To || envelope.Fragment >= envelope.FragmentCount)
        {
            throw new InvalidDataException(
                $"Envelope {envelope}: previous < from <= to and fragment < count do not hold; the bytes are damaged."
            );
        }
    }
}
