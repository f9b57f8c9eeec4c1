using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Runtime;
using Millrace.Testing;
using Millrace.Tests.Testing.Conformance;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>Starts from savepoints: of processes that die, that are two, that are of two versions of the job.</summary>
public sealed class DurableRestoreTests
{
    // Two apps with a job of the same name on one cluster, begun in the same second.
    [Fact]
    public async Task ShouldTakeNobodysProgressForItsOwn_WhenAnotherJobOfTheNameHasAnotherStore()
    {
        await using DurableScene scene = new() { Time = new ManualTimeProvider() };
        scene.Append(10);
        DurableJobHost one = await scene.OpenAsync();
        DurableJobHost other = await scene.OpenAsync(store: new InMemoryObjectStore());
        Assert.Equal(one.Control.Incarnation, other.Control.Incarnation);

        await scene.DeliverAsync(one, 0, 10);
        await scene.DeliverAsync(other, 0, 10);

        Assert.Equal(20, scene.Copies.All.Count);
    }

    // Found by the simulator: both wrote ledgers, each under a number from its clock, and the number of the one that came too late was
    // given to the restore, which took its ledgers for its own and read everything again.
    [Fact]
    public async Task ShouldReadNothingAgain_WhenTwoProcessesHadBegunTheJobTogether()
    {
        ManualTimeProvider time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        await using DurableScene scene = new() { Time = time };
        scene.Append(20);
        TaskCompletionSource hasBegun = new();
        SceneStore late = new(scene.Store)
        {
            OnGot = name =>
            {
                // It has seen that there is no job.
                if (name.EndsWith("control.json", StringComparison.Ordinal) && !hasBegun.Task.IsCompleted)
                {
                    return hasBegun.Task;
                }

                return Task.CompletedTask;
            },
        };
        Task<DurableJobHost> second = scene.OpenAsync(store: late);
        DurableJobHost host = await scene.OpenAsync();
        time.Advance(TimeSpan.FromSeconds(1));
        hasBegun.SetResult();
        await second;
        await scene.DeliverAsync(host, 0, 10);
        string savepoint = await scene.StopAsync(host, "ten");

        DurableJobHost restored = await scene.OpenAsync(savepoint);
        await scene.DeliverAsync(restored, 10, 20);
        await scene.TickAsync(restored);

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldBeginWhereItsOwnSavepointEnds_WhenARestoreFromAnotherOneDiedHalfWay()
    {
        await using DurableScene scene = new();
        (string five, string ten) = await TwoSavepointsAsync(scene);
        bool hasLedgers = false;
        SceneStore dying = new(scene.Store)
        {
            OnPut = name =>
            {
                hasLedgers |= name.Contains("/ledgers/", StringComparison.Ordinal);
                return hasLedgers && name.EndsWith("control.json", StringComparison.Ordinal)
                    ? throw new IOException("The process has died.")
                    : Task.CompletedTask;
            },
        };
        await Assert.ThrowsAsync<IOException>(() => scene.OpenAsync(five, dying));

        DurableJobHost host = await scene.OpenAsync(ten);
        await scene.DeliverAsync(host, 0, 15);
        await scene.TickAsync(host);

        Assert.Equal(DurableScene.Numbers(15), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldTakeEachSavepointOnce_WhenInstancesOfTwoVersionsAlternate()
    {
        await using DurableScene scene = new();
        (string five, string ten) = await TwoSavepointsAsync(scene);
        int first = (await scene.OpenAsync(five)).Control.Incarnation;
        int second = (await scene.OpenAsync(ten)).Control.Incarnation;

        Assert.True(second > first);
        Assert.Equal(second, (await scene.OpenAsync(five)).Control.Incarnation);
        Assert.Equal(second, (await scene.OpenAsync(ten)).Control.Incarnation);

        // Whoever wants it once more says so.
        DurableJobHost again = await scene.OpenAsync(five + "#again");
        Assert.True(again.Control.Incarnation > second);
        await scene.DeliverAsync(again, 5, 15);
        Assert.Equal([.. DurableScene.Numbers(10), .. DurableScene.Numbers(15).Skip(5)], scene.Counts.All);
    }

    [Fact]
    public async Task ShouldRunTheJob_WhenTwoInstancesStartFromASavepointTogether()
    {
        await using DurableScene scene = new();
        (_, string ten) = await TwoSavepointsAsync(scene);
        bool isFirst = true;
        SceneStore slow = new(scene.Store)
        {
            OnGot = async name =>
            {
                if (isFirst && name.EndsWith("control.json", StringComparison.Ordinal))
                {
                    isFirst = false;
                    await scene.OpenAsync(ten);
                }
            },
        };

        DurableJobHost host = await scene.OpenAsync(ten, slow);

        Assert.False((await host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
        await scene.DeliverAsync(host, 10, 15);
        await scene.TickAsync(host);
        Assert.Equal("15", scene.Counts.All[^1]);
    }

    [Fact]
    public async Task ShouldReadEachTopicOn_WhenTheJobListsThemInAnotherOrder()
    {
        await using DurableScene scene = new();
        scene.Inputs.Add(new MemoryLog("b", partitions: 1));
        scene.Append(10);
        scene.Append(30, topic: 1);
        DurableJobHost before = await scene.OpenAsync();
        await scene.DeliverAsync(before, 0, 10);
        await scene.DeliverAsync(before, 0, 20, topic: 1);

        scene.Inputs.Reverse();
        scene.Append(5, topic: 1);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 30);
        await scene.DeliverAsync(host, 0, 15, topic: 1);
        await scene.TickAsync(host);

        Assert.Equal(DurableScene.Numbers(45), scene.Counts.All);
        Assert.Equal(45, scene.Copies.All.Distinct(StringComparer.Ordinal).Count() + Overlap(scene));
        Assert.Equal(45, scene.Copies.All.Count);
    }

    // Found by the simulator: what an exactly-once sink had of one topic was taken for what it had of the other.
    [Fact]
    public async Task ShouldWriteEachTopicOn_WhenTheJobThatStartsFromASavepointListsThemInAnotherOrder()
    {
        await using DurableScene scene = new();
        scene.Inputs.Add(new MemoryLog("b", partitions: 1));
        scene.Append(10);
        scene.Append(30, topic: 1);
        DurableJobHost before = await scene.OpenAsync();
        await scene.DeliverAsync(before, 0, 10);
        await scene.DeliverAsync(before, 0, 30, topic: 1);
        string savepoint = await scene.StopAsync(before);

        scene.Inputs.Reverse();
        scene.Append(5, topic: 1);
        DurableJobHost host = await scene.OpenAsync(savepoint);
        await scene.DeliverAsync(host, 10, 15, topic: 1);

        Assert.Equal(DurableScene.Numbers(45), scene.Counts.All);
        Assert.Equal(45, scene.Copies.All.Count);
    }

    // Found by the simulator: the ledgers of the one and the order of the other.
    [Fact]
    public async Task ShouldReadEachTopicFromItsStart_WhenWhoeverBeganTheJobHasDiedAndTheNextOneListsThemInAnotherOrder()
    {
        await using DurableScene scene = new();
        scene.Inputs.Add(new MemoryLog("b", partitions: 1));
        scene.Append(10);
        scene.Append(10, topic: 1, line: "keep b");
        long sixth = scene.Inputs[0].Read(0, 0, long.MaxValue)[5].Offset;
        scene.StartOf = topic => topic == "a" ? sixth : 0;
        bool hasLedgers = false;
        SceneStore dying = new(scene.Store)
        {
            OnPut = name =>
            {
                hasLedgers |= name.Contains("/ledgers/", StringComparison.Ordinal);
                return hasLedgers && name.EndsWith("control.json", StringComparison.Ordinal)
                    ? throw new IOException("The process has died.")
                    : Task.CompletedTask;
            },
        };
        await Assert.ThrowsAsync<IOException>(() => scene.OpenAsync(store: dying));

        scene.Inputs.Reverse();
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 10);
        await scene.DeliverAsync(host, 0, 10, topic: 1);

        Assert.Equal(DurableScene.Numbers(15), scene.Counts.All);
        Assert.Equal(10, scene.Copies.All.Count(static line => line.StartsWith("keep b", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ShouldReadATopicFromItsBegin_WhenItIsAddedInFront()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        await scene.DeliverAsync(await scene.OpenAsync(), 0, 10);

        scene.Inputs.Insert(0, new MemoryLog("new", partitions: 1));
        scene.Append(5);
        scene.Append(2, topic: 1);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.DeliverAsync(host, 0, 12, topic: 1);
        await scene.TickAsync(host);

        Assert.Equal(DurableScene.Numbers(17), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldNameTheTopic_WhenTheJobNoLongerReadsIt()
    {
        await using DurableScene scene = new();
        scene.Inputs.Add(new MemoryLog("b", partitions: 1));
        await scene.OpenAsync();

        scene.Inputs.RemoveAt(1);
        StateRestoreException error = await Assert.ThrowsAsync<StateRestoreException>(() => scene.OpenAsync());

        Assert.Contains("has read 'b' and now reads only 'a'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldSayWhatHasChanged_WhenTheJobHasAnotherShape()
    {
        await using DurableScene scene = new() { CountsTwice = true };
        await scene.OpenAsync();

        scene.CountsTwice = false;
        StateRestoreException error = await Assert.ThrowsAsync<StateRestoreException>(() => scene.OpenAsync());

        Assert.Contains("'last' too, which the job no longer has", error.Message, StringComparison.Ordinal);
    }

    // Lines of two topics may be the same text.
    private static int Overlap(DurableScene scene) => scene.Copies.All.Count - scene.Copies.All.Distinct(StringComparer.Ordinal).Count();

    private static async Task<(string Five, string Ten)> TwoSavepointsAsync(DurableScene scene)
    {
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        string five = await scene.StopAsync(host, "five");
        await scene.ResumeAsync(host);
        await scene.DeliverAsync(host, 5, 10);
        await scene.TickAsync(host);
        string ten = await scene.StopAsync(host, "ten");
        scene.Append(5);
        return (five, ten);
    }
}
