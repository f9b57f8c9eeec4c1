using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class EnvelopeBundleTests
{
    [Fact]
    public void ShouldFillMessagesInOrder_WhenEnvelopesAreSmall()
    {
        Envelope[] envelopes = [.. Enumerable.Range(0, 40).Select(n => EnvelopeOf(n, 3_000))];

        List<byte[]> messages = EnvelopeBundle.Pack(envelopes);

        Assert.InRange(messages.Count, 4, 5);
        Assert.All(messages, message => Assert.InRange(message.Length, 1, EnvelopeLimits.MaxEncodedBytes));
        Assert.Equal(
            envelopes.Select(envelope => envelope.To),
            messages.SelectMany(message => EnvelopeBundle.Split(message)).Select(part => EnvelopeCodec.Decode(part).To)
        );
    }

    [Fact]
    public void ShouldSendAlone_WhenAnEnvelopeIsAsLargeAsTheyGet()
    {
        List<byte[]> messages = EnvelopeBundle.Pack([
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
    public void ShouldKeepWhatIsNoEnvelopeTogether_WhenBytesAreTruncated(int missing)
    {
        byte[] message = EnvelopeBundle.Pack([EnvelopeOf(1, 100), EnvelopeOf(2, 100)])[0];

        List<ReadOnlyMemory<byte>> parts = EnvelopeBundle.Split(message.AsMemory(..^missing));

        Assert.Equal(message.Length - missing, parts.Sum(part => part.Length));
        Assert.Throws<InvalidDataException>(() => EnvelopeCodec.Decode(parts[^1]));
        Assert.All(parts.SkipLast(1), part => Assert.Equal(1, EnvelopeCodec.Decode(part).To));
    }

    [Fact]
    public void ShouldBeOnePart_WhenMessageIsEmpty() => Assert.Equal(0, Assert.Single(EnvelopeBundle.Split(default)).Length);

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
