using Millrace.Durable.Protocol;
using Xunit;

namespace Millrace.Simulation.Tests.Protocol;

public sealed class PartitionTaskTests
{
    private static readonly ChannelId Channel = new("in", 0, 0);
    private readonly PartitionTask _task = new(new PartitionTaskOptions { IsPlanned = true });

    [Fact]
    public void ShouldPlanSendCommit_WhenABatchComes()
    {
        SourceStep take = After(_task.Begin([0, 1, 2]), null);
        Assert.Equal((1, 0, null), (take.Ledger!.Epoch, take.Ledger.Next, take.ETag));

        SourceStep plan = _task.LedgerWritten("1");
        Assert.Equal(new OffsetRange(0, 2), plan.Ledger!.Plan);
        Assert.Equal("1", plan.ETag);

        SourceStep process = _task.LedgerWritten("2");
        Assert.Equal((SourceAction.Process, new OffsetRange(0, 2)), (process.Action, process.Range));

        SourceStep commit = _task.Processed(70, [new(Channel, 2)]);
        Assert.Equal((3, 70, null, 2), (commit.Ledger!.Next, commit.Ledger.Watermark, commit.Ledger.Plan, commit.Ledger.Sent[Channel]));
        Assert.Equal(SourceAction.Completed, _task.LedgerWritten("3").Action);
    }

    [Fact]
    public void ShouldNotPlan_WhenRecordsKnowTheirPositions()
    {
        PartitionTask task = new(new PartitionTaskOptions());
        task.Begin([0]);
        task.LedgerRead(null, null);

        Assert.Equal(SourceAction.Process, task.LedgerWritten("1").Action);
    }

    [Fact]
    public void ShouldDropAndReadBack_WhenABatchOverlapsAndSkips()
    {
        After(_task.Begin([3, 5, 9]), new LedgerState(4, 5, 0, SentPositions.Empty, null));

        SourceStep hole = _task.LedgerWritten("2");
        Assert.Equal((SourceAction.ReadBack, new OffsetRange(6, 8)), (hole.Action, hole.Range));
        Assert.Equal(new OffsetRange(5, 9), _task.ReadBackDone(hole.Range, 8).Ledger!.Plan);
    }

    [Fact]
    public void ShouldReadBackInOneRange_WhenThereAreManyHoles()
    {
        After(_task.Begin([1, 3, 5, 7, 9, 11]), null);

        Assert.Equal(new OffsetRange(0, 10), _task.LedgerWritten("1").Range);
    }

    [Fact]
    public void ShouldCommitInParts_WhenTheHostReadsBackInParts()
    {
        After(_task.Begin([100]), null);
        SourceStep hole = _task.LedgerWritten("1");
        Assert.Equal(new OffsetRange(0, 99), hole.Range);

        Assert.Equal(new OffsetRange(0, 39), _task.ReadBackDone(hole.Range, 39).Ledger!.Plan);
        _task.LedgerWritten("2");
        _task.Processed(1, []);
        Assert.Equal(new OffsetRange(40, 99), _task.LedgerWritten("3").Range);
    }

    [Fact]
    public void ShouldReplayTheExactBounds_WhenAPlanWasLeft()
    {
        After(_task.Begin([2, 3, 4, 5, 6]), new LedgerState(4, 0, 0, SentPositions.Empty, new OffsetRange(0, 3)));

        SourceStep hole = _task.LedgerWritten("2");
        Assert.Equal(new OffsetRange(0, 1), hole.Range);
        SourceStep part = _task.ReadBackDone(hole.Range, 0);
        Assert.Equal((SourceAction.ReadBack, new OffsetRange(1, 1)), (part.Action, part.Range));
        SourceStep replay = _task.ReadBackDone(part.Range, 1);
        Assert.Equal((SourceAction.Process, new OffsetRange(0, 3)), (replay.Action, replay.Range));
        Assert.Equal(4, _task.Processed(9, []).Ledger!.Next);
        Assert.Equal(new OffsetRange(4, 6), _task.LedgerWritten("3").Ledger!.Plan);
    }

    [Fact]
    public void ShouldReplayThePlan_WhenATickFindsNothingElse()
    {
        PartitionTask task = new(new PartitionTaskOptions { IsPlanned = true });
        task.BeginRepair(-1);
        task.LedgerRead(new LedgerState(4, 0, 0, SentPositions.Empty, new OffsetRange(0, 3)), "1");

        Assert.Equal(new OffsetRange(0, 3), task.LedgerWritten("2").Range);
    }

    [Fact]
    public void ShouldCompleteWithoutOwnership_WhenAnotherHasCommittedTheBatch()
    {
        _task.Begin([3, 4]);

        Assert.Equal(SourceAction.Completed, _task.LedgerRead(new LedgerState(9, 5, 0, SentPositions.Empty, null), "7").Action);
    }

    [Fact]
    public void ShouldTakeOverAgain_WhenTheReplyOfATakeoverIsLost()
    {
        SourceStep take = After(_task.Begin([0]), null);
        Assert.Equal(SourceAction.ReadLedger, _task.LedgerUnknown().Action);

        // The number in the ledger may be another's: only a write that was answered proves ownership.
        Assert.Equal(2, _task.LedgerRead(take.Ledger, "1").Ledger!.Epoch);
    }

    [Fact]
    public void ShouldGoOn_WhenALostReplyTurnsOutToBeASuccess()
    {
        SourceStep commit = ToCommit();
        Assert.Equal(SourceAction.ReadLedger, _task.LedgerUnknown().Action);

        Assert.Equal(SourceAction.Completed, _task.LedgerRead(commit.Ledger, "9").Action);
        Assert.Equal("9", _task.Begin([1]).ETag);
    }

    [Fact]
    public void ShouldWriteAgain_WhenALostReplyTurnsOutToBeAFailure()
    {
        SourceStep commit = ToCommit();
        LedgerState stored = _task.Ledger!;
        _task.LedgerConflict();

        SourceStep again = _task.LedgerRead(stored, "8");
        Assert.Equal((SourceAction.WriteLedger, "8", commit.Ledger), (again.Action, again.ETag, again.Ledger));
    }

    [Fact]
    public void ShouldGiveUp_WhenAnotherOwnsTheLedger()
    {
        ToCommit();
        _task.LedgerConflict();

        Assert.Equal(SourceAction.Superseded, _task.LedgerRead(new LedgerState(2, 0, 0, SentPositions.Empty, null), "9").Action);
        Assert.Equal(SourceAction.ReadLedger, _task.Begin([0]).Action);
    }

    [Fact]
    public void ShouldGiveUp_WhenTheStoreStaysSilent()
    {
        LedgerState stored = ToCommit().Ledger! with { Next = 0 };
        SourceStep step = default(SourceStep);
        for (int i = 0; i < 4; i++)
        {
            step = _task.LedgerUnknown();
            if (step.Action == SourceAction.ReadLedger)
            {
                step = _task.LedgerRead(stored, "1");
            }
        }

        Assert.Equal(SourceAction.Superseded, step.Action);
    }

    [Fact]
    public void ShouldKeepOwnership_WhenTheFunctionThrew()
    {
        ToCommit();

        // The host lost its chain's work in an exception and simply begins again.
        SourceStep step = _task.Begin([0, 1]);
        Assert.Equal((SourceAction.Process, new OffsetRange(0, 0)), (step.Action, step.Range));
    }

    [Fact]
    public void ShouldSaySo_WhenAnAnswerDoesNotFit()
    {
        _task.Begin([0]);

        Assert.Throws<InvalidOperationException>(() => _task.Processed(1, []));
    }

    private SourceStep After(SourceStep step, LedgerState? stored)
    {
        Assert.Equal(SourceAction.ReadLedger, step.Action);
        return _task.LedgerRead(stored, stored is null ? null : "1");
    }

    private SourceStep ToCommit()
    {
        After(_task.Begin([0]), null);
        _task.LedgerWritten("1");
        _task.LedgerWritten("2");
        return _task.Processed(1, []);
    }
}
