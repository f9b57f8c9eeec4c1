using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

/// <summary>
/// Envelopes for one task in one message: their bytes, one after the other. A message costs the same whatever it carries, up to the limit
/// of one envelope.
/// </summary>
internal static class EnvelopeBundle
{
    /// <summary>Packs envelopes for one task, in their order, into as few messages as that allows.</summary>
    public static List<byte[]> Pack(IEnumerable<Envelope> envelopes)
    {
        List<byte[]> messages = [];
        List<byte[]> parts = [];
        int size = 0;
        foreach (Envelope envelope in envelopes)
        {
            byte[] bytes = EnvelopeCodec.Encode(envelope);
            if (parts.Count > 0 && size + bytes.Length > EnvelopeLimits.MaxEncodedBytes)
            {
                messages.Add(Join(parts, size));
                parts.Clear();
                size = 0;
            }

            parts.Add(bytes);
            size += bytes.Length;
        }

        if (parts.Count > 0)
        {
            messages.Add(Join(parts, size));
        }

        return messages;
    }

    /// <summary>
    /// The envelopes of a message, each still encoded. What is no envelope stays together as the last part, for its decoding to say what is
    /// wrong with it.
    /// </summary>
    public static List<ReadOnlyMemory<byte>> Split(ReadOnlyMemory<byte> message)
    {
        List<ReadOnlyMemory<byte>> parts = [];
        int start = 0;
        DataReader reader = new(message.Span, "Envelopes");
        try
        {
            do
            {
                EnvelopeCodec.Read(ref reader, message);
                int end = reader.Position;
                parts.Add(message[start..end]);
                start = end;
            } while (!reader.AtEnd);
        }
        catch (InvalidDataException)
        {
            parts.Add(message[start..]);
        }

        return parts;
    }

    private static byte[] Join(List<byte[]> parts, int size)
    {
        if (parts.Count == 1)
        {
            return parts[0];
        }

        byte[] message = new byte[size];
        int at = 0;
        foreach (byte[] part in parts)
        {
            part.CopyTo(message, at);
            at += part.Length;
        }

        return message;
    }
}
