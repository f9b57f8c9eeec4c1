using System.Text;
using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

/// <summary>Channels between keyed tasks, seen from both ends.</summary>
public sealed class AcknowledgementTests
{
    private static readonly KeyedTaskOptions SenderOptions = new()
    {
        Job = "pay",
        Stage = "first",
        Task = 1,
        Inputs = [new InputEdge("in", IsSource: true)],
        Outputs = [new OutputEdge("inner", 1)],
    };

    private static readonly KeyedTaskOptions ReceiverOptions = new()
    {
        Job = "pay",
        Stage = "second",
        Task = 0,
        Inputs = [new InputEdge("inner", IsSource: false, Upstreams: 2)],
    };
    private static readonly ChannelId Channel = new("inner", 1, 0);

    [Fact]
    public void ShouldKeepWhatWasSent_UntilItIsAcknowledged()
    {
        byte[] state = SentBySender(3);
        KeyedTask sender = Sender(state);

        Assert.Equal([0L, 1, 2], sender.Unacknowledged.Select(static envelope => envelope.To));
        Assert.Empty(sender.OnAcknowledgement(Word(1)));
        Assert.Equal([2L], sender.Unacknowledged.Select(static envelope => envelope.To));
        Assert.Equal([2L], Sender(sender.Save()).Unacknowledged.Select(static envelope => envelope.To));
    }

    [Fact]
    public void ShouldSendTheSameAgain_WhenTheReceiverLacksIt()
    {
        KeyedTask sender = Sender(SentBySender(3));
        IReadOnlyList<Envelope> again = sender.OnAcknowledgement(Word(0) with { AsksForRest = true });

        Assert.Equal(["r1", "r2"], again.Select(static envelope => Encoding.ASCII.GetString(envelope.Payload.Span)));
        Assert.Equal([1L, 2], sender.Unacknowledged.Select(static envelope => envelope.To));
    }

    [Fact]
    public void ShouldIgnoreTheWord_WhenItIsOfAnotherIncarnation()
    {
        KeyedTask sender = Sender(SentBySender(2));

        Assert.Empty(sender.OnAcknowledgement(Word(1) with { Job = "other", AsksForRest = true }));
        Assert.Equal(2, sender.Unacknowledged.Count);
    }

    [Fact]
    public void ShouldNotAcknowledge_UntilTheStateIsDurable()
    {
        KeyedTask receiver = Receiver();
        foreach (Envelope envelope in Envelopes(TaskAcknowledgements.Every))
        {
            receiver.OnEnvelope(envelope);
        }

        Assert.Empty(receiver.TakeAcknowledgements());

        // The next batch finds it in the state that it loads.
        KeyedTask next = Receiver(receiver.Save());
        Assert.Equal(Word(TaskAcknowledgements.Every - 1), Assert.Single(next.TakeAcknowledgements()));
        Assert.Empty(next.TakeAcknowledgements());

        // A state saved between two operations is not durable.
        Assert.Empty(new KeyedTask(ReceiverOptions, new RecordingLogic(), receiver.Save(), receiver.Mark).TakeAcknowledgements());
    }

    [Fact]
    public void ShouldAcknowledgeFew_WhenATickComes()
    {
        KeyedTask first = Receiver();
        first.OnEnvelope(Envelopes(1)[0]);
        KeyedTask second = Receiver(first.Save());
        Assert.Empty(second.TakeAcknowledgements());

        second.OnFlush();

        Assert.Equal(Word(0), Assert.Single(second.TakeAcknowledgements()));
        KeyedTask third = Receiver(second.Save());
        third.OnFlush();
        Assert.Empty(third.TakeAcknowledgements());
    }

    [Fact]
    public void ShouldAcknowledgeAgain_WhenTheSenderRepeats()
    {
        KeyedTask first = Receiver();
        first.OnEnvelope(Envelopes(1)[0]);
        KeyedTask second = Receiver(first.Save());
        second.OnFlush();
        second.TakeAcknowledgements();
        KeyedTask third = Receiver(second.Save());

        Assert.Equal(ReceiveOutcome.Duplicate, third.OnEnvelope(Envelopes(1)[0]));
        third.OnFlush();

        Assert.Equal(Word(0), Assert.Single(third.TakeAcknowledgements()));
    }

    [Fact]
    public void ShouldNotAcknowledgeAtOnce_WhenOnlyWatermarksWait()
    {
        KeyedTask first = Receiver();
        first.OnEnvelope(
            new Envelope
            {
                Job = "pay",
                Channel = Channel,
                Epoch = 0,
                Previous = -1,
                From = 0,
                To = 0,
                Watermark = 5,
            }
        );
        KeyedTask second = Receiver(first.Save());
        second.OnFlush();

        Assert.Empty(second.TakeAcknowledgements());
    }

    private static Acknowledgement Word(long applied) =>
        new()
        {
            Job = "pay",
            Channel = Channel,
            Applied = applied,
        };

    private static KeyedTask Sender(ReadOnlyMemory<byte> state) => new(SenderOptions, new RecordingLogic(), state);

    private static KeyedTask Receiver(ReadOnlyMemory<byte> state = default) => new(ReceiverOptions, new RecordingLogic(), state);

    private static List<Envelope> Envelopes(int count)
    {
        List<Envelope> envelopes = [];
        ChannelSender sender = new("pay", Channel, epoch: 0, SentPositions.None);
        for (int i = 0; i < count; i++)
        {
            sender.Send(PayloadKind.Records, i, i, Encoding.ASCII.GetBytes(FormattableString.Invariant($"r{i}")), long.MinValue, envelopes);
        }

        return envelopes;
    }

    /// <summary>The state of a sender that has made some envelopes in one batch and sent them in the next.</summary>
    private static byte[] SentBySender(int count)
    {
        RecordingLogic logic = new();
        int made = 0;
        logic.OnApply = output => output.Send("inner", 0, Encoding.ASCII.GetBytes(FormattableString.Invariant($"r{made++}")));
        KeyedTask first = new(SenderOptions, logic, default);
        for (int i = 0; i < count; i++)
        {
            List<Envelope> envelopes = new();
            new ChannelSender("pay", new ChannelId("in", 0, 1), 1, i - 1).Send(
                PayloadKind.Whole,
                i,
                i,
                new byte[] { 65 },
                long.MinValue,
                envelopes
            );
            first.OnEnvelope(envelopes[0]);
        }

        KeyedTask second = Sender(first.Save());
        second.MarkEnvelopesSent();
        return second.Save();
    }
}
