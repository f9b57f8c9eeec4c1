using System.Buffers;

namespace Millrace.Ledger;

/// <summary>
/// What the sender of a channel between keyed tasks is told: everything up to a position is applied in a state that is durable. A late or
/// repeated one stays true.
/// </summary>
internal sealed record Acknowledgement
{
    /// <summary>The job and its incarnation.</summary>
    public required string Job { get; init; }

    public required ChannelId Channel { get; init; }

    /// <summary>The last position applied; <see cref="SentPositions.None"/> = none.</summary>
    public required long Applied { get; init; }

    /// <summary>Whether what follows was lost: the sender sends again what it keeps of it.</summary>
    public bool AsksForRest { get; init; }
}

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
