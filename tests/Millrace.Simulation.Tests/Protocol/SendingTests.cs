using Millrace.Connectors;
using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class SendingTests
{
    private readonly List<Envelope> _envelopes = [];

    [Fact]
    public void ShouldCutAtTheTarget_NeverInsideAPosition()
    {
        RecordPayloadWriter writer = new(new ChannelSender("job", new ChannelId("e", 0, 0), 1, 5), _envelopes);
        for (int position = 6; position < 400; position++)
        {
            writer.Add(position, new byte[150]);
            writer.Add(position, new byte[position]);
        }

        Assert.Equal(399, writer.Complete(44));

        Assert.True(_envelopes.Count > 3);
        Assert.Equal(5, _envelopes[0].Previous);
        for (int i = 0; i < _envelopes.Count; i++)
        {
            bool isLast = i == _envelopes.Count - 1;
            Assert.Equal(isLast ? 44 : long.MinValue, _envelopes[i].Watermark);
            Assert.True(isLast || _envelopes[i].Payload.Length is > 20_000 and <= EnvelopeLimits.TargetPayloadBytes);
            Assert.True(i == 0 || _envelopes[i].Previous == _envelopes[i - 1].To);
            Assert.True(i == 0 || _envelopes[i].From == _envelopes[i - 1].To + 1);
        }
    }

    [Fact]
    public void ShouldStayBelow45KilobytesOfText_WhateverIsSent()
    {
        ChannelId channel = new(new string('ä', 200), int.MaxValue, int.MaxValue);
        EnvelopeCodec.CheckName(channel.Edge, "edge");
        new ChannelSender(new string('j', 400), channel, long.MaxValue, -1).Send(
            PayloadKind.Whole,
            0,
            long.MaxValue - 1,
            new byte[1_000_000],
            long.MinValue,
            _envelopes
        );

        Assert.All(_envelopes, static envelope => Assert.True(Convert.ToBase64String(EnvelopeCodec.Encode(envelope)).Length <= 45 * 1024));
        Assert.Equal(1_000_000, _envelopes.Sum(static envelope => envelope.Payload.Length));
    }

    [Fact]
    public void ShouldSendNothing_WhenThereIsNothing()
    {
        RecordPayloadWriter writer = new(new ChannelSender("job", new ChannelId("e", 0, 0), 1, 5), _envelopes);

        Assert.Equal(5, writer.Complete(44));
        Assert.Empty(_envelopes);
    }

    [Fact]
    public void ShouldRefuse_WhenPositionsGoBack()
    {
        ChannelSender sender = new("job", new ChannelId("e", 0, 0), 1, 5);

        Assert.Throws<ArgumentException>(() => sender.Send(PayloadKind.Whole, 4, 5, default, 0, _envelopes));
    }

    [Fact]
    public void ShouldNameRecordsStably()
    {
        Assert.Equal("pay/sum/3/17", RecordId.Of("pay", "sum", 3, 17));
        Assert.Equal("pay/source/3/17", RecordId.Of("pay", "source", 3, 17, 0));
        Assert.Equal("pay/source/3/17.2", RecordId.Of("pay", "source", 3, 17, 2));
        Assert.Equal("pay-out-3", SinkProgress.TransactionalId("pay", "out", 3));
    }

    [Fact]
    public void ShouldRefuseNames_WhenEnvelopesHaveNoRoomForThem() =>
        Assert.Throws<ArgumentException>(() => EnvelopeCodec.CheckName(new string('ä', 201), "edge"));
}
