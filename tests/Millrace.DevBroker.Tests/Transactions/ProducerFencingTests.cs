using Millrace.DevBroker.Transactions;
using Millrace.Kafka.Protocol;

namespace Millrace.DevBroker.Tests.Transactions;

public class ProducerFencingTests
{
    [Fact]
    public async Task ShouldGiveEachProducerItsOwnId_WhenNotTransactional()
    {
        await using TransactionFixture broker = new();

        ProducerIdentity first = await broker.Init(id: null);
        ProducerIdentity second = await broker.Init(id: null);
        await using TransactionFixture restarted = broker.Restart();
        ProducerIdentity third = await restarted.Init(id: null);

        Assert.Equal(3, new[] { first.ProducerId, second.ProducerId, third.ProducerId }.Distinct().Count());
        Assert.All([first, second, third], producer => Assert.Equal(0, producer.Epoch));
    }

    [Fact]
    public async Task ShouldBumpEpochAndKeepId_WhenTransactionalProducerStartsAgain()
    {
        await using TransactionFixture broker = new();

        ProducerIdentity first = await broker.Init();
        ProducerIdentity second = await broker.Init();

        Assert.Equal(new ProducerIdentity(first.ProducerId, 0), first);
        Assert.Equal(new ProducerIdentity(first.ProducerId, 1), second);
    }

    [Theory]
    [InlineData("", 1000, (int)ErrorCode.InvalidRequest)]
    [InlineData("x", 0, (int)ErrorCode.InvalidTransactionTimeout)]
    [InlineData("x", 3_600_000, (int)ErrorCode.InvalidTransactionTimeout)]
    public async Task ShouldRefuseInit_WhenRequestIsOutOfBounds(string id, int timeoutMs, int expected)
    {
        await using TransactionFixture broker = new();

        (ErrorCode error, _) = await broker.TryInit(id: id, timeout: TimeSpan.FromMilliseconds(timeoutMs));

        Assert.Equal((ErrorCode)expected, error);
    }

    [Fact]
    public async Task ShouldFenceOlderProducerEverywhere_WhenSecondTakesItsId()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity zombie = await broker.Init();
        await broker.Add(zombie, TransactionFixture.T0);

        ProducerIdentity heir = await broker.Init();

        Assert.Equal(ErrorCode.ProducerFenced, await broker.Add(zombie, TransactionFixture.T1));
        Assert.Equal(ErrorCode.ProducerFenced, await broker.End(zombie, commit: true));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, broker.Check(zombie, TransactionFixture.T0));
        Assert.Equal(ErrorCode.InvalidProducerEpoch, broker.Coordinator.CheckGroup(TransactionFixture.Id, zombie, "g"));
        Assert.Equal(ErrorCode.ProducerFenced, (await broker.TryInit(zombie)).Error);
        Assert.Equal(ErrorCode.None, await broker.Add(heir, TransactionFixture.T0));
    }

    [Fact]
    public async Task ShouldAbortWhatOlderProducerLeftOpen_WhenSecondTakesItsId()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity zombie = await broker.Init();
        await broker.Add(zombie, TransactionFixture.T0);
        await broker.CommitOffset(zombie, 9);

        ProducerIdentity heir = await broker.Init();

        MarkerLog.Marker marker = Assert.Single(broker.Log.Markers);
        Assert.False(marker.Commit);
        Assert.True(marker.Producer.Epoch > zombie.Epoch && marker.Producer.Epoch < heir.Epoch);
        Assert.Null(broker.CommittedOffset());
        Assert.Equal(TransactionState.Empty, broker.Current.State);
    }

    [Fact]
    public async Task ShouldRefuseStranger_WhenProducerIdIsNotTheOneKnown()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        ProducerIdentity stranger = producer with { ProducerId = producer.ProducerId + 5 };

        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await broker.Add(stranger, TransactionFixture.T0));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await broker.End(stranger, commit: true));
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, broker.Check(stranger, TransactionFixture.T0));
        Assert.Equal(ErrorCode.ProducerFenced, (await broker.TryInit(stranger)).Error);
        Assert.Equal(
            ErrorCode.InvalidProducerIdMapping,
            await broker.Coordinator.EndAsync("unknown", producer, true, CancellationToken.None)
        );
    }

    [Fact]
    public async Task ShouldContinueWithNextEpoch_WhenProducerNamesItsOwn()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();

        ProducerIdentity continued = await broker.Init(producer);
        ProducerIdentity retried = await broker.Init(producer);

        Assert.Equal(producer with { Epoch = 1 }, continued);
        Assert.Equal(continued, retried);
    }

    [Fact]
    public async Task ShouldNotRetryForZombie_WhenAnotherProducerStartedSince()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        await broker.Init(producer);
        await broker.Init();

        Assert.Equal(ErrorCode.ProducerFenced, (await broker.TryInit(producer)).Error);
    }

    [Fact]
    public async Task ShouldNotFenceOpenTransaction_WhenZombieContinuesWithOldEpoch()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity zombie = await broker.Init();
        ProducerIdentity heir = await broker.Init();
        await broker.Add(heir, TransactionFixture.T0);

        Assert.Equal(ErrorCode.ProducerFenced, (await broker.TryInit(zombie)).Error);
        Assert.Equal(ErrorCode.None, await broker.End(heir, commit: true));
    }

    [Fact]
    public async Task ShouldTakeNewProducerId_WhenEpochsAreUsedUp()
    {
        await using TransactionFixture broker = new();
        ProducerIdentity producer = await broker.Init();
        ProducerIdentity first = producer;
        while (producer.ProducerId == first.ProducerId)
        {
            Assert.True(producer.Epoch < short.MaxValue);
            producer = await broker.Init();
        }

        Assert.Equal(0, producer.Epoch);
        Assert.Equal(ErrorCode.InvalidProducerIdMapping, await broker.Add(first, TransactionFixture.T0));
        Assert.Equal(ErrorCode.None, await broker.Add(producer, TransactionFixture.T0));
    }
}
