using System.Buffers;
using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Durable.Protocol;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>
/// What was lost is found and read again: neither what lies before the job's state, nor without end, nor by all or nobody.
/// </summary>
public sealed class DurableRecoveryTests
{
    [Fact]
    public async Task ShouldReadNothingFromBeforeTheState_WhenTheFirstMessageOfAChannelIsLost()
    {
        await using DurableScene scene = new();
        scene.Append(30);
        DurableJobHost before = await scene.OpenAsync();
        await scene.DeliverAsync(before, 0, 30);
        string savepoint = await scene.StopAsync(before);
        scene.Append(5);
        DurableJobHost host = await scene.OpenAsync(savepoint);
        SceneTasks losing = scene.Tasks(host);
        losing.Loses = static operation => operation == DurableOperation.Envelope;
        await scene.DeliverAsync(host, 30, 35, tasks: losing);

        await scene.TickAsync(host, times: 5);

        Assert.Equal(DurableScene.Numbers(35), scene.Counts.All);
    }

    // Found by the simulator: other records have the offsets of those that were lost.
    [Fact]
    public async Task ShouldSuspendTheJob_WhenWhatWasLostWouldBeReadFromATopicThatWasCreatedAnew()
    {
        await using DurableScene scene = new();
        scene.Append(3);
        DurableJobHost host = await scene.OpenAsync();
        SceneTasks losing = scene.Tasks(host);
        losing.Loses = static operation => operation == DurableOperation.Envelope;
        await scene.DeliverAsync(host, 0, 1, tasks: losing);
        await scene.DeliverAsync(host, 1, 2);

        scene.AreAnew = true;
        await Assert.ThrowsAsync<SuppressRestartsException>(() => scene.DeliverAsync(host, 2, 3));

        Assert.Empty(scene.Counts.All);
        Assert.NotNull((await host.Job.Controls.ReadAsync(CancellationToken.None))!.Failure);
    }

    // Found by the simulator: it asked for what it had missed, and the job was suspended because that was gone.
    [Fact]
    public async Task ShouldGoOnWhereOthersAre_WhenThePartitionComesBackAndItsLogBeginsLaterByNow()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        DurableJobHost host = await scene.OpenAsync();
        DurableJobHost other = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.DeliverAsync(other, 5, 15);

        scene.Begin = scene.Inputs[0].Read(0, 0, long.MaxValue)[12].Offset;
        await scene.DeliverAsync(host, 15, 20);

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldMoveOn_WhenWhatWasLostLiesBehindManyRecordsForNobody(bool isTail)
    {
        await using DurableScene scene = new();
        scene.Append(1);
        scene.Append(25_000, line: "drop");
        scene.Append(3);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 1);
        SceneTasks losing = scene.Tasks(host);
        losing.Loses = static operation => operation == DurableOperation.Envelope;
        await scene.DeliverAsync(host, 1, isTail ? 25_004 : 25_002, tasks: losing);
        await scene.DeliverAsync(host, 25_002, 25_004);

        await scene.TickAsync(host, times: 5);

        Assert.Equal(DurableScene.Numbers(4), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldCompleteThePartition_WhenTheStoreHasLostItsLastSeconds()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        string ledger = host.Job.LedgerOf(host.Plan.Sources[0], 0);
        ReadOnlyMemory<byte> old = (await scene.Store.GetAsync(ledger, CancellationToken.None))!.Content;
        await scene.DeliverAsync(host, 5, 10);
        await scene.Store.PutAsync(ledger, new ReadOnlySequence<byte>(old), PutCondition.None, CancellationToken.None);

        await scene.TickAsync(host, times: 3);

        (LedgerState? state, _) = await host.Job.Ledgers.ReadAsync(ledger, CancellationToken.None);
        Assert.Equal(scene.Inputs[0].LastOf(0) + 1, state!.Next);
        Assert.Equal(DurableScene.Numbers(10), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldRepairInParts_WhenMuchIsLeft()
    {
        await using DurableScene scene = new()
        {
            Options = new DurableHostOptions { RepairTimeout = TimeSpan.FromTicks(1), PullTime = TimeSpan.FromTicks(1) },
        };
        scene.Append(50_000);
        DurableJobHost host = await scene.OpenAsync();
        string ledger = host.Job.LedgerOf(host.Plan.Sources[0], 0);
        List<long> next = [];
        while (next.Count < 20 && (next.Count == 0 || next[^1] <= scene.Inputs[0].LastOf(0)))
        {
            await scene.TickAsync(host);
            next.Add((await host.Job.Ledgers.ReadAsync(ledger, CancellationToken.None)).State!.Next);
        }

        Assert.InRange(next.Distinct().Count(), 3, 10);
        Assert.Equal(50_000, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldGoOnWithEachDelivery_WhenMuchLiesBeforeABatch()
    {
        await using DurableScene scene = new() { Options = new DurableHostOptions { BatchTime = TimeSpan.FromTicks(1) } };
        scene.Append(50_000);
        DurableJobHost host = await scene.OpenAsync();
        int unfinished = 0;
        while (unfinished < 20 && await Record.ExceptionAsync(() => scene.DeliverAsync(host, 49_999, 50_000)) is { } exception)
        {
            Assert.Contains("goes on from", Assert.IsType<BatchUnfinishedException>(exception).Message, StringComparison.Ordinal);
            unfinished++;
        }

        Assert.InRange(unfinished, 1, 5);
        Assert.Equal(50_000, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldAskNoPartitionByItself_WhenNothingIsLeft()
    {
        await using DurableScene scene = new() { Options = new DurableHostOptions() };
        scene.Append(5);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.TickAsync(host, times: 3);
        Assert.Equal(0, scene.Looks);
        Assert.Equal(0, host.Ticker.Status.Sum(status => status.Pending));

        // What is behind the last record may be a record or not: it is found out once, when nobody has moved it.
        scene.Markers = 2;
        await scene.TickAsync(host);
        Assert.Equal((0, 2), (scene.Looks, host.Ticker.Status.Sum(status => status.Pending)));
        await scene.TickAsync(host, times: 3);
        Assert.Equal((1, 0), (scene.Looks, host.Ticker.Status.Sum(status => status.Pending)));
    }

    [Fact]
    public async Task ShouldTickForTheOthers_WhenAPartitionCannotBeLookedAt()
    {
        await using DurableScene scene = new();
        scene.Inputs.Add(new Testing.Conformance.MemoryLog("b", partitions: 1));
        scene.Append(5);
        scene.Append(5, topic: 1);
        scene.Fails = static (topic, _) => topic == "a";
        DurableJobHost host = await scene.OpenAsync();

        await scene.TickAsync(host, times: 3);
        Assert.Equal(DurableScene.Numbers(5), scene.Counts.All);

        scene.Fails = static (_, _) => false;
        await scene.TickAsync(host, times: 3);
        Assert.Equal(DurableScene.Numbers(10), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldWriteALetterOnce_WhenItsBatchCannotBeSentAndIsReadAgainLater()
    {
        await using DurableScene scene = new();
        scene.Append(2);
        scene.Append(1, line: "bad");
        scene.Append(2);
        DurableJobHost host = await scene.OpenAsync();
        SceneTasks failing = scene.Tasks(host);
        failing.OnSignal = static _ => throw new IOException("The queue is away.");
        for (int i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<IOException>(() => scene.DeliverAsync(host, 0, 5, tasks: failing));
        }

        Assert.Empty(scene.Letters);
        SceneTasks losing = scene.Tasks(host);
        losing.Loses = static operation => operation == DurableOperation.Envelope;
        await scene.DeliverAsync(host, 0, 5, tasks: losing);
        await scene.TickAsync(host, times: 3);

        Assert.Equal(DurableScene.Numbers(4), scene.Counts.All);
        Assert.Equal(["bad 2"], scene.Letters);
    }

    [Fact]
    public async Task ShouldLeaveLedgersAlone_WhenTheJobIsSuspended()
    {
        await using DurableScene scene = new();
        scene.Append(5);
        await scene.StopAsync(await scene.OpenAsync());
        DurableJobHost host = await scene.OpenAsync();

        for (int i = 0; i < 5; i++)
        {
            await Assert.ThrowsAsync<JobSuspendedException>(() => scene.DeliverAsync(host, 0, 5));
        }

        Assert.Equal(0, host.Job.Ledgers.Writes);
    }

    [Fact]
    public async Task ShouldWaitLongerWithEachFailure_WhenTheStoreRefuses()
    {
        ManualTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(60));
        await using DurableScene scene = new() { Time = time };
        scene.Append(5);
        bool isAway = false;
        SceneStore store = new(scene.Store) { OnPut = _ => isAway ? throw new IOException("The store is away.") : Task.CompletedTask };
        DurableJobHost host = await scene.OpenAsync(store: store);
        isAway = true;

        List<double> waits = [];
        for (int i = 0; i < 12; i++)
        {
            Task delivery = scene.DeliverAsync(host, 0, 5);
            DateTimeOffset start = time.GetUtcNow();
            while (!delivery.IsCompleted)
            {
                time.Advance(TimeSpan.FromMilliseconds(50));
                await Task.Yield();
            }

            waits.Add((time.GetUtcNow() - start).TotalSeconds);
            await Assert.ThrowsAnyAsync<Exception>(() => delivery);
        }

        isAway = false;
        Task good = scene.DeliverAsync(host, 0, 5);
        while (!good.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await good;
        Assert.True(waits[^1] >= 30, $"The last wait was {waits[^1]} s, expected 30.");
        Assert.Equal(DurableScene.Numbers(5), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldSeeWhatStandsStill_WhereverItIsAskedFor()
    {
        ManualTimeProvider time = new(DateTimeOffset.UnixEpoch.AddYears(60));
        await using DurableScene scene = new() { Time = time, Options = new DurableHostOptions() };
        scene.Append(5);
        DurableJobHost host = await scene.OpenAsync();
        DurableJobHost asked = await scene.OpenAsync();
        SceneTasks losing = scene.Tasks(host);
        losing.Loses = static _ => true;
        await scene.DeliverAsync(host, 0, 5, tasks: losing);
        for (int i = 0; i < 2; i++)
        {
            Assert.Empty(host.StallWatch.Stalls);
            time.Advance(TimeSpan.FromSeconds(5));
            await host.Ticker.TickAsync(losing, CancellationToken.None);
        }

        DurableStall stall = Assert.Single(host.StallWatch.Stalls);
        Assert.Equal(("count", 0, -1L), (stall.Stage, stall.Task, stall.Applied));
        Assert.Equal([stall], await asked.StallWatch.ReadAsync(CancellationToken.None));

        // The task hears of what was sent, and reads what it lacks.
        for (int i = 0; i < 4; i++)
        {
            await scene.TickAsync(host);
            time.Advance(TimeSpan.FromSeconds(5));
        }

        await scene.TickAsync(host);
        Assert.Empty(host.StallWatch.Stalls);
        Assert.Empty(await asked.StallWatch.ReadAsync(CancellationToken.None));
        Assert.Equal(DurableScene.Numbers(5), scene.Counts.All);
    }
}
