using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class KeyedTaskTests
{
    private readonly RecordingLogic _logic = new();
    private readonly KeyedTask _task;

    public KeyedTaskTests() => _task = Tasks.Create(_logic);

    [Fact]
    public void ShouldDropAnEnvelope_WhenItWasApplied()
    {
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Records(0, -1, (4, "a"), (5, "b"))));
        Assert.Equal(ReceiveOutcome.Duplicate, _task.OnEnvelope(Tasks.Records(0, -1, (4, "a"), (5, "b"))));

        Assert.Equal(["4:a", "5:b"], _logic.Calls);
    }

    [Fact]
    public void ShouldFilterRecords_WhenAnEnvelopeOverlaps()
    {
        _task.OnEnvelope(Tasks.Records(0, -1, (4, "a"), (5, "b")));
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Records(0, -1, (4, "a"), (5, "b"), (8, "c"), (8, "d"))));

        Assert.Equal(["4:a", "5:b", "8:c", "8:d"], _logic.Calls);
    }

    [Fact]
    public void ShouldHoldBack_UntilWhatItFollowsHasCome()
    {
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(Tasks.Records(0, 9, (11, "c"))));
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(Tasks.Records(0, 5, (9, "b"))));
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(Tasks.Records(0, 9, (11, "c"))));
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Records(1, -1, (0, "other"))));
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Records(0, -1, (5, "a"))));

        Assert.Equal(["0:other", "5:a", "9:b", "11:c"], _logic.Calls);
    }

    [Fact]
    public void ShouldKeepWhatItHolds_WhenSavedAndLoaded()
    {
        _task.OnEnvelope(Tasks.Records(0, 5, (9, "b")));
        RecordingLogic logic = new();
        KeyedTask loaded = Tasks.Create(logic, _task.Save());
        loaded.OnEnvelope(Tasks.Records(0, -1, (5, "a")));

        Assert.Equal(["5:a", "9:b"], logic.Calls);
    }

    [Fact]
    public void ShouldDropTheFurthest_WhenTooMuchIsHeldBack()
    {
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(Tasks.Records(0, 9, (11, new string('x', 40)))));
        Assert.Equal(ReceiveOutcome.Dropped, _task.OnEnvelope(Tasks.Records(0, 11, (12, new string('y', 40)))));
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(Tasks.Records(0, 7, (9, new string('z', 40)))));

        Assert.Equal(9, Assert.Single(Assert.Single(_task.Channels).Held).To);
    }

    [Fact]
    public void ShouldLeaveTheSinkToTheTick_WhenItFailed()
    {
        _logic.OnApply = static output => output.Emit("sink", "y"u8);
        _task.OnEnvelope(Tasks.Records(0, -1, (1, "a")));
        KeyedTask loaded = Tasks.Create(new RecordingLogic { OnApply = static output => output.Send("out", 0, "x"u8) }, _task.Save());

        loaded.MarkSinkFailed("sink");
        Assert.False(loaded.TakeFlushRequest());

        loaded.OnEnvelope(Tasks.Records(0, 1, (2, "b")));
        Assert.True(loaded.TakeFlushRequest());
    }

    [Fact]
    public void ShouldFlushForOneSink_WhenAnotherFailed()
    {
        _logic.OnApply = static output =>
        {
            output.Emit("down", "x"u8);
            output.Emit("up", "y"u8);
            output.Emit("down", "z"u8);
        };
        _task.OnEnvelope(Tasks.Records(0, -1, (1, "a")));
        KeyedTask loaded = Tasks.Create(new RecordingLogic { OnApply = _logic.OnApply }, _task.Save());

        loaded.MarkSinkFailed("down");
        loaded.MarkSinkEntriesSent("up");
        Assert.Equal([("down", 0L), ("down", 2L)], loaded.DurableSinkEntries.ToArray().Select(entry => (entry.Sink, entry.Sequence)));
        loaded.OnFlush();
        Assert.False(loaded.TakeFlushRequest());

        loaded.OnEnvelope(Tasks.Records(0, 1, (2, "b")));
        Assert.Equal(2, loaded.DurableSinkEntries.Length);
        Assert.True(loaded.TakeFlushRequest());
        Assert.Equal([0L, 2, 3, 4, 5], loaded.SinkEntries.Select(entry => entry.Sequence));
    }

    [Fact]
    public void ShouldAssembleFragments_InAnyOrderAndOnce()
    {
        List<Envelope> envelopes = new();
        ChannelSender sender = new("pay", new ChannelId("in", 0, 2), 1, -1);
        RecordPayloadWriter writer = new(sender, envelopes);
        writer.Add(3, "small"u8);
        writer.Add(4, new byte[70_000]);
        writer.Complete(77);
        Assert.Equal([1, 3, 3, 3], envelopes.Select(static e => e.FragmentCount));
        _task.OnEnvelope(envelopes[0]);
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(envelopes[3]));
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(envelopes[3]));
        Assert.Equal(ReceiveOutcome.HeldBack, _task.OnEnvelope(envelopes[1]));
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(envelopes[2]));
        Assert.Equal(ReceiveOutcome.Duplicate, _task.OnEnvelope(envelopes[1]));

        Assert.Equal(["3:small", "4:70000 bytes"], _logic.Calls);
        Assert.Equal((4, 77), (Assert.Single(_task.Channels).Applied, Assert.Single(_task.Channels).Watermark));
    }

    [Fact]
    public void ShouldRefuseAWholePayload_WhenItOverlaps()
    {
        _task.OnEnvelope(Tasks.Whole(-1, 0, 5, "first"));

        Assert.Equal(ReceiveOutcome.Conflict, _task.OnEnvelope(Tasks.Whole(-1, 3, 9, "resent", isResend: true)));
        Assert.Equal(0, _task.Conflicts);
        Assert.Equal(ReceiveOutcome.Conflict, _task.OnEnvelope(Tasks.Whole(-1, 3, 9, "broken")));
        Assert.Equal(1, _task.Conflicts);
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Whole(5, 6, 9, "next")));
        Assert.Equal(["Whole:first", "Whole:next"], _logic.Calls);
    }

    // Found by the simulator: a task reads a long hole in parts, and the envelope comes late.
    [Fact]
    public void ShouldBeNoConflict_WhenAResendHasReadAPartOfAWholePayload()
    {
        _task.OnEnvelope(Tasks.Whole(-1, 0, 4, "sent"));
        _task.OnEnvelope(Tasks.Whole(4, 5, 11, "read", isResend: true));
        KeyedTask task = Tasks.Create(new RecordingLogic(), _task.Save());

        Assert.Equal(ReceiveOutcome.Conflict, task.OnEnvelope(Tasks.Whole(4, 5, 17, "late")));
        Assert.Equal(0, task.Conflicts);
        Assert.Equal(ReceiveOutcome.Applied, task.OnEnvelope(Tasks.Whole(11, 12, 17, "read on", isResend: true)));
        Assert.Equal(ReceiveOutcome.Applied, task.OnEnvelope(Tasks.Whole(17, 18, 30, "sent")));

        // Of a range that a source has sent whole, another source's part cannot be: that is a broken protocol.
        Assert.Equal(ReceiveOutcome.Conflict, task.OnEnvelope(Tasks.Whole(17, 18, 40, "broken")));
        Assert.Equal(1, task.Conflicts);
    }

    [Fact]
    public void ShouldIgnoreAnEnvelope_WhenItIsNotForThisTask()
    {
        Envelope envelope = Tasks.Records(0, -1, (4, "a"));

        Assert.Equal(ReceiveOutcome.Foreign, _task.OnEnvelope(envelope with { Job = "pay-2" }));
        Assert.Equal(ReceiveOutcome.Foreign, _task.OnEnvelope(envelope with { Channel = new ChannelId("in", 0, 1) }));
        Assert.Equal(ReceiveOutcome.Foreign, _task.OnEnvelope(envelope with { Channel = new ChannelId("other", 0, 2) }));
        Assert.Empty(_logic.Calls);
    }

    [Fact]
    public void ShouldWaitWithTheWatermark_UntilEveryChannelHasSpoken()
    {
        _task.OnEnvelope(Tasks.RecordsWithWatermark(0, -1, 50, (4, "a")));
        Assert.Equal(long.MinValue, _task.Watermark);

        _task.OnProgress(Tasks.Told((0, 50, 4), (1, long.MinValue, -1)));
        Assert.Equal(long.MinValue, _task.Watermark);

        _task.OnProgress(Tasks.Told((0, 50, 4), (1, 30, -1)));
        Assert.Equal(["4:a", "watermark 30"], _logic.Calls);
    }

    [Fact]
    public void ShouldTakeToldWatermark_OnlyOnceItsPositionIsApplied()
    {
        _task.OnProgress(Tasks.Told((0, 50, 4)));
        Assert.Empty(_logic.Calls);

        _task.OnEnvelope(Tasks.Records(0, -1, (3, "a")));
        _task.OnEnvelope(Tasks.Records(0, 3, (4, "b")));
        _task.OnProgress(Tasks.Told((0, 20, 2)));

        Assert.Equal(["3:a", "4:b", "watermark 50"], _logic.Calls);
    }

    [Fact]
    public void ShouldLackNothingOld_WhenItsChannelWasQuiet()
    {
        _task.OnEnvelope(Tasks.Records(0, -1, (4, "a")));
        _task.OnProgress(Quiet(position: 4, next: 1_000));
        _task.OnEnvelope(Tasks.Records(0, 1_005, (1_006, "c")));

        Assert.Equal([(new ChannelId("in", 0, 2), 999L, 1_005L)], _task.MissingFromSources());
        Assert.Equal(ReceiveOutcome.Applied, _task.OnEnvelope(Tasks.Records(0, 4, (1_005, "b"))));
        Assert.Equal(["4:a", "1005:b", "1006:c"], _logic.Calls.Where(call => call.Contains(':', StringComparison.Ordinal)));
    }

    [Fact]
    public void ShouldLackWhatItHasNotGot_WhenATickTellsWhereThePartitionIs()
    {
        _task.OnEnvelope(Tasks.Records(0, -1, (4, "a")));
        _task.OnProgress(Quiet(position: 7, next: 1_000));

        Assert.Equal([(new ChannelId("in", 0, 2), 4L, 7L)], _task.MissingFromSources());
    }

    private static Progress Quiet(long position, long next) =>
        Tasks.Told() with
        {
            Partitions = [new PartitionProgress(0, Watermark: 50, position, next)],
        };

    [Fact]
    public void ShouldNotGoBack_WhenAPartitionIsAdded()
    {
        _task.OnProgress(Tasks.Told((0, 50, -1)));
        _task.OnProgress(Tasks.Told((0, 60, -1), (1, long.MinValue, -1)));
        Assert.Equal(50, _task.Watermark);

        _task.OnProgress(Tasks.Told((0, 60, -1), (1, 55, -1)));
        Assert.Equal(55, _task.Watermark);
    }

    [Fact]
    public void ShouldSendOnlyWhatWasLoaded_WhenABatchMakesMore()
    {
        _logic.OnApply = static output =>
        {
            output.Send("out", 1, "x"u8);
            output.Emit("sink", "y"u8);
        };
        _task.OnEnvelope(Tasks.Records(0, -1, (1, "a")));
        Assert.Equal(0, _task.DurableEnvelopes.Length);
        Assert.Equal(0, _task.DurableSinkEntries.Length);
        Assert.True(_task.TakeFlushRequest());
        Assert.False(_task.TakeFlushRequest());

        KeyedTask second = Tasks.Create(new RecordingLogic { OnApply = _logic.OnApply }, _task.Save());
        second.OnEnvelope(Tasks.Records(0, 1, (2, "b")));
        Envelope sent = Assert.Single(second.DurableEnvelopes.ToArray());
        Assert.Equal((-1, 0, "out:2->1"), (sent.Previous, sent.To, sent.Channel.ToString()));
        Assert.Equal(0, Assert.Single(second.DurableSinkEntries.ToArray()).Sequence);
        second.MarkEnvelopesSent();
        second.MarkSinkEntriesSent("sink");
        Assert.Equal(0, second.DurableEnvelopes.Length);

        KeyedTask third = Tasks.Create(new RecordingLogic(), second.Save());
        third.OnFlush();
        Assert.Equal((0, 1), (Assert.Single(third.DurableEnvelopes.ToArray()).Previous, third.DurableEnvelopes[0].To));
        Assert.Equal(1, Assert.Single(third.DurableSinkEntries.ToArray()).Sequence);
        third.MarkEnvelopesSent();
        third.MarkSinkEntriesSent("sink");
        Assert.False(third.TakeFlushRequest());
    }

    [Fact]
    public void ShouldKeepWhatIsNotDurable_WhenAnOperationIsRolledBack()
    {
        _logic.OnApply = static output => output.Emit("sink", "y"u8);
        _task.OnEnvelope(Tasks.Records(0, -1, (1, "a")));
        (byte[]? before, OutboxMark mark) = (_task.Save(), _task.Mark);

        KeyedTask again = Tasks.Create(new RecordingLogic(), before, mark);
        again.Park(Tasks.Records(0, 1, (2, "b")));

        Assert.Equal(0, again.DurableSinkEntries.Length);
        again.OnFlush();
        Assert.Equal(["1:a", "2:b"], ((RecordingLogic)again.Logic).Calls);
    }

    [Fact]
    public void ShouldForwardTheWatermark_ToEveryDownstreamTaskBehindItsRecords()
    {
        _logic.OnApply = static output => output.Send("out", 1, "x"u8);
        _task.OnProgress(Tasks.Told((0, 10, 1)));
        _task.OnEnvelope(Tasks.Records(0, -1, (1, "a")));
        KeyedTask loaded = Tasks.Create(new RecordingLogic(), _task.Save());

        Assert.Equal(
            [(1, PayloadKind.Records, 10), (0, PayloadKind.None, 10)],
            loaded.DurableEnvelopes.ToArray().Select(static e => (e.Channel.Downstream, e.Kind, e.Watermark))
        );
    }

    [Fact]
    public void ShouldNameItsEdges_WhenLogicSendsOnAnother()
    {
        _logic.OnApply = static output => output.Send("nowhere", 0, "x"u8);

        ArgumentException error = Assert.Throws<ArgumentException>(() => _task.OnEnvelope(Tasks.Records(0, -1, (1, "a"))));
        Assert.Contains("its edges are: out", error.Message, StringComparison.Ordinal);
    }
}
