using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Transactions;

/// <summary>
/// The process dies at every point of a transaction's end; the next one finds either an open transaction or its decided outcome.
/// </summary>
public class TransactionRecoveryTests
{
    [Fact]
    public async Task ShouldKeepTransactionOpenForItsProducer_WhenBrokerRestarts()
    {
        await using TransactionFixture before = new();
        ProducerIdentity producer = await before.Init();
        await before.Add(producer, TransactionFixture.T0);
        await before.CommitOffset(producer, 9);

        await using TransactionFixture after = before.Restart();

        Assert.Equal(TransactionState.Ongoing, after.Current.State);
        Assert.Equal(ErrorCode.None, after.Check(producer, TransactionFixture.T0));
        Assert.Equal(ErrorCode.None, await after.End(producer, commit: true));
        Assert.Equal(9, after.CommittedOffset());
    }

    [Fact]
    public async Task ShouldCountTimeBeforeTheCrash_WhenTransactionIsStillOpenAfterIt()
    {
        await using TransactionFixture before = new();
        ProducerIdentity producer = await before.Init();
        await before.Add(producer, TransactionFixture.T0);
        before.Time.Advance(TransactionFixture.Timeout / 2);

        await using TransactionFixture after = before.Restart();
        after.Time.Advance(TransactionFixture.Timeout / 2);
        await after.WaitFor(TransactionState.CompleteAbort);

        Assert.Contains(after.Log.Markers, marker => !marker.Commit);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 1)]
    [InlineData(true, 2)]
    [InlineData(false, 0)]
    [InlineData(false, 1)]
    [InlineData(false, 2)]
    public async Task ShouldCarryOutDecision_WhenBrokerDiesAmongTheMarkers(bool commit, int markersWritten)
    {
        await using TransactionFixture before = new();
        ProducerIdentity producer = await before.Init();
        await before.Add(producer, TransactionFixture.T0, TransactionFixture.T1);
        await before.CommitOffset(producer, 9);

        // The decision is written, then so many markers, and the completion never is.
        before.Journal.CrashAfter(1);
        before.Log.FailAfter(markersWritten);
        await before.End(producer, commit);
        Assert.Equal(markersWritten, before.Log.Markers.Count);

        await using TransactionFixture after = before.Restart();
        await after.WaitFor(commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort);

        Assert.All(after.Log.Markers, marker => Assert.Equal(commit, marker.Commit));
        Assert.Equal(2, after.Log.Markers.Select(marker => marker.Partition).Distinct().Count());
        Assert.Equal(commit ? 9 : null, after.CommittedOffset());
        Assert.Equal(ErrorCode.None, await after.End(producer, commit));
    }

    [Fact]
    public async Task ShouldLeaveTransactionOpen_WhenBrokerDiesBeforeTheDecisionIsWritten()
    {
        await using TransactionFixture before = new();
        ProducerIdentity producer = await before.Init();
        await before.Add(producer, TransactionFixture.T0);
        before.Journal.CrashAfter(0);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await before.End(producer, commit: true));
        Assert.Empty(before.Log.Markers);

        await using TransactionFixture after = before.Restart();

        Assert.Equal(ErrorCode.None, await after.End(producer, commit: false));
        Assert.False(Assert.Single(after.Log.Markers).Commit);
    }

    [Fact]
    public async Task ShouldStillFence_WhenBrokerRestartsBetweenTwoProducers()
    {
        await using TransactionFixture before = new();
        ProducerIdentity zombie = await before.Init();
        ProducerIdentity heir = await before.Init();

        await using TransactionFixture after = before.Restart();

        Assert.Equal(ErrorCode.ProducerFenced, await after.Add(zombie, TransactionFixture.T0));
        Assert.Equal(ErrorCode.None, await after.Add(heir, TransactionFixture.T0));
    }
}
