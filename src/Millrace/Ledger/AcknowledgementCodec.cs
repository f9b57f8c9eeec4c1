using System.Buffers;

namespace Millrace.Ledger;

/// <summary>The bytes of an acknowledgement, version 1.</summary>
internal static class AcknowledgementCodec
{
    private const byte Kind = (byte)'A';
    private const byte Newest = 1;

    public static byte[] Encode(Acknowledgement acknowledgement)
    {
        ArrayBufferWriter<byte> buffer = new(64);
        WireWriter writer = new(buffer);
        writer.Byte(Kind);
        writer.Byte(Newest);
        writer.Name(acknowledgement.Job);
        writer.Channel(acknowledgement.Channel);
        writer.Signed(acknowledgement.Applied);
        writer.Flag(acknowledgement.AsksForRest);
        return buffer.WrittenSpan.ToArray();
    }

    public static Acknowledgement Decode(ReadOnlyMemory<byte> bytes)
    {
        WireReader reader = new(bytes, "Acknowledgement");
        reader.Version(Kind, Newest);
        Acknowledgement acknowledgement = new()
        {
            Job = reader.Name(),
            Channel = reader.Channel(),
            Applied = reader.Signed(),
            AsksForRest = reader.Flag(),
        };
        reader.End();
        return acknowledgement;
    }
}
