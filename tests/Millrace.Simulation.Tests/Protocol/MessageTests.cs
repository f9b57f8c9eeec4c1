using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class MessageTests
{
    [Fact]
    public void ShouldFillMessagesInOrder_WhenEnvelopesAreSmall()
    {
        Envelope[] envelopes = [.. Enumerable.Range(0, 40).Select(n => EnvelopeOf(n, 3_000))];

        List<byte[]> messages = EnvelopeCodec.Pack(envelopes);

        Assert.InRange(messages.Count, 4, 5);
        Assert.All(messages, message => Assert.InRange(message.Length, 1, EnvelopeLimits.MaxEncodedBytes));
        Assert.Equal(envelopes.Select(envelope => envelope.To), messages.SelectMany(Read).Select(envelope => envelope.To));
    }

    [Fact]
    public void ShouldSendAlone_WhenAnEnvelopeIsAsLargeAsTheyGet()
    {
        List<byte[]> messages = EnvelopeCodec.Pack([
            EnvelopeOf(1, 2_000),
            EnvelopeOf(2, EnvelopeLimits.MaxPayloadBytes),
            EnvelopeOf(3, 2_000),
        ]);

        Assert.Equal(3, messages.Count);
        Assert.Equal(EnvelopeCodec.Encode(EnvelopeOf(2, EnvelopeLimits.MaxPayloadBytes)), messages[1]);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(150)]
    public void ShouldReadWhatIsWhole_WhenBytesAreTruncated(int missing)
    {
        byte[] message = EnvelopeCodec.Pack([EnvelopeOf(1, 100), EnvelopeOf(2, 100)])[0];

        List<Envelope> read = EnvelopeCodec.Unpack(message.AsMemory(..^missing), out InvalidDataException? damage);

        Assert.NotNull(damage);
        Assert.Equal(missing < 100 ? [1] : [], read.Select(envelope => envelope.To));
    }

    [Fact]
    public void ShouldBeDamaged_WhenMessageIsEmpty()
    {
        Assert.Empty(EnvelopeCodec.Unpack(default, out InvalidDataException? damage));
        Assert.NotNull(damage);
    }

    private static List<Envelope> Read(byte[] message)
    {
        List<Envelope> envelopes = EnvelopeCodec.Unpack(message, out InvalidDataException? damage);
        Assert.Null(damage);
        return envelopes;
    }

    private static Envelope EnvelopeOf(long position, int payload) =>
        new()
        {
            Job = "job",
            Channel = new ChannelId("edge", 0, 1),
            Epoch = 1,
            Previous = position - 1,
            From = position,
            To = position,
            Kind = PayloadKind.Records,
            Payload = new byte[payload],
        };
}
