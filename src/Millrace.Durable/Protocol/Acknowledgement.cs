using Millrace.Serialization;

namespace Millrace.Durable.Protocol;

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
        DataWriter writer = new(64);
        writer.WriteByte(Kind);
        writer.WriteByte(Newest);
        writer.WriteName(acknowledgement.Job);
        writer.WriteChannel(acknowledgement.Channel);
        writer.WriteVarInt64(acknowledgement.Applied);
        writer.WriteBoolean(acknowledgement.AsksForRest);
        return writer.ToArray();
    }

    public static Acknowledgement Decode(ReadOnlyMemory<byte> bytes)
    {
        DataReader reader = new(bytes.Span, "Acknowledgement");
        reader.ReadVersion(Kind, Newest);
        Acknowledgement acknowledgement = new()
        {
            Job = reader.ReadName(),
            Channel = reader.ReadChannel(),
            Applied = reader.ReadVarInt64(),
            AsksForRest = reader.ReadBoolean(),
        };
        reader.ReadEnd();
        return acknowledgement;
    }
}
