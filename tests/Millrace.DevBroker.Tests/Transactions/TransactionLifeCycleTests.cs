using Millrace.DevBroker.Groups;
using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Transactions;

public class TransactionLifeCycleTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ShouldMarkEveryPartitionAndGroup_WhenTransactionEnds(bool commit)
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        Assert.Equal(ErrorCode.None, await broker.Add(producer, TransactionFixture.T0));
        Assert.Equal(ErrorCode.None, await broker.Add(producer, TransactionFixture.T0, TransactionFixture.T1));
        await broker.CommitOffset(producer, 9);
        Assert.Equal(TransactionState.Ongoing, broker.Current.State);
        Assert.Null(broker.CommittedOffset());

        Assert.Equal(ErrorCode.None, await broker.End(producer, commit));

        Assert.Equal(
            [new MarkerLog.Marker(TransactionFixture.T0, producer, commit), new MarkerLog.Marker(TransactionFixture.T1, producer, commit)],
            broker.Log.Markers.OrderBy(marker => marker.Partition.Partition)
        );
        Assert.Equal(commit ? 9 : null, broker.CommittedOffset());
        Assert.Equal(commit ? TransactionState.CompleteCommit : TransactionState.CompleteAbort, broker.Current.State);
        Assert.Empty(broker.Current.Partitions);
    }

    [Fact]
    public async Task ShouldLetInOnlyWhatBelongsToTheOpenTransaction_WhenProducerWrites()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        Assert.Equal(ErrorCode.InvalidTxnState, broker.Check(producer, TransactionFixture.T0));

        await broker.Add(producer, TransactionFixture.T0);
        Assert.Equal(ErrorCode.None, broker.Check(producer, TransactionFixture.T0));
        Assert.Equal(ErrorCode.InvalidTxnState, broker.Check(producer, TransactionFixture.T1));

        await broker.End(producer, commit: true);
        Assert.Equal(ErrorCode.InvalidTxnState, broker.Check(producer, TransactionFixture.T0));
    }

    [Theory]
    [InlineData(true, true, (int)ErrorCode.None)]
    [InlineData(false, false, (int)ErrorCode.None)]
    [InlineData(true, false, (int)ErrorCode.InvalidTxnState)]
    [InlineData(false, true, (int)ErrorCode.InvalidTxnState)]
    public async Task ShouldOnlyRepeatTheSameOutcome_WhenEndIsAskedForAgain(bool first, bool second, int expected)
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, TransactionFixture.T0);
        await broker.End(producer, first);

        Assert.Equal((ErrorCode)expected, await broker.End(producer, second));
        Assert.Single(broker.Log.Markers);
    }

    [Fact]
    public async Task ShouldRefuseEnd_WhenNothingWasBegun()
    {
        await using TransactionFixture broker = new();

        Assert.Equal(ErrorCode.InvalidTxnState, await broker.End(await broker.Init(), commit: true));
    }

    [Fact]
    public async Task ShouldBeginAgain_WhenTransactionIsOver()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, TransactionFixture.T0);
        await broker.End(producer, commit: true);
        broker.Time.Advance(TimeSpan.FromSeconds(5));

        await broker.Add(producer, TransactionFixture.T1);

        Assert.Equal([TransactionFixture.T1], broker.Current.Partitions);
        Assert.Equal(broker.Time.GetUtcNow().ToUnixTimeMilliseconds(), broker.Current.StartedAt);
    }

    [Fact]
    public async Task ShouldAbortAndFence_WhenTransactionTimesOut()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, TransactionFixture.T0);
        broker.Time.Advance(TransactionFixture.Timeout - TimeSpan.FromMilliseconds(1));
        Assert.Equal(TransactionState.Ongoing, broker.Current.State);

        broker.Time.Advance(TimeSpan.FromMilliseconds(1));
        await broker.WaitFor(TransactionState.CompleteAbort);

        Assert.False(Assert.Single(broker.Log.Markers).Commit);
        Assert.Equal(ErrorCode.ProducerFenced, await broker.End(producer, commit: true));
        Assert.Equal(ErrorCode.None, (await broker.TryInit()).Error);
    }

    [Fact]
    public async Task ShouldNotTimeOut_WhenTransactionEndedInTime()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, TransactionFixture.T0);
        await broker.End(producer, commit: true);

        broker.Time.Advance(TransactionFixture.Timeout * 2);
        await broker.Coordinator.DisposeAsync();

        Assert.Equal(TransactionState.CompleteCommit, broker.Current.State);
        Assert.Equal(producer, broker.Current.Producer);
    }

    [Fact]
    public async Task ShouldGoOnWithoutPartition_WhenItsTopicWasDeleted()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, new TopicPartition("deleted", 0), TransactionFixture.T0);

        Assert.Equal(ErrorCode.None, await broker.End(producer, commit: true));

        Assert.Single(broker.Log.Markers);
        Assert.Equal(TransactionState.CompleteCommit, broker.Current.State);
    }

    [Fact]
    public async Task ShouldCarryOutDecisionLater_WhenPartitionFailsFirst()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Add(producer, TransactionFixture.T0, TransactionFixture.T1);
        broker.Log.FailAfter(1);

        Assert.Equal(ErrorCode.None, await broker.End(producer, commit: true));
        Assert.Equal(TransactionState.PrepareCommit, broker.Current.State);
        Assert.Equal(ErrorCode.ConcurrentTransactions, await broker.Add(producer, TransactionFixture.T0));
        Assert.Equal(ErrorCode.ConcurrentTransactions, (await broker.TryInit()).Error);
        Assert.Equal(ErrorCode.InvalidTxnState, await broker.End(producer, commit: false));

        broker.Log.FailAfter(int.MaxValue);
        broker.Time.Advance(TimeSpan.FromSeconds(1));
        await broker.WaitFor(TransactionState.CompleteCommit);
        Assert.Equal(2, broker.Log.Markers.Select(marker => marker.Partition).Distinct().Count());
    }
}
