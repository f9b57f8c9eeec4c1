using System.Buffers;
using Millrace.Kafka;

namespace Millrace.Samples.Nexmark;

/// <summary>Events in Kafka as JSON, for people and other programs.</summary>
public sealed class NexmarkJsonSchema : IDeserializationSchema<NexmarkEvent>, ISerializationSchema<NexmarkEvent>
{
    private static readonly JsonSchema<NexmarkJson> Json = new(SamplesJson.Default.NexmarkJson);

    /// <summary>The schema.</summary>
    public static NexmarkJsonSchema Instance { get; } = new();

    /// <inheritdoc/>
    public NexmarkEvent Deserialize(ReadOnlySpan<byte> value)
    {
        NexmarkJson json = Json.Deserialize(value);
        return json switch
        {
            { Bid: { } bid } => new NexmarkEvent(bid),
            { Auction: { } auction } => new NexmarkEvent(auction),
            { Person: { } person } => new NexmarkEvent(person),
            _ => throw new FormatException("Expected an object with bid, auction or person."),
        };
    }

    /// <inheritdoc/>
    public void Serialize(NexmarkEvent value, IBufferWriter<byte> output) =>
        Json.Serialize(
            value.TryGetBid(out Bid bid) ? new NexmarkJson(Bid: bid) : new NexmarkJson(Auction: value.Auction, Person: value.Person),
            output
        );
}
