using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Graph;
using Millrace.Testing;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>A savepoint is a cut: what is on its way when it is taken has its effect once, in the job that starts from it.</summary>
public sealed class DurableSavepointTests
{
    [Fact]
    public async Task ShouldNotEmitTwice_WhenABatchArrivesBehindTheCut()
    {
        await using DurableScene scene = new();
        (string savepoint, DurableJobHost host, List<SceneMessage> late) = await StopAmidABatchAsync(scene, isDelivered: false);
        SceneTasks tasks = scene.Tasks(host);
        foreach (SceneMessage message in late)
        {
            await tasks.DeliverAsync(message);
        }

        DurableJobHost restored = await scene.OpenAsync(savepoint);
        await scene.DeliverAsync(restored, 10, 20);
        await scene.TickAsync(restored);

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    // Found by the simulator: the further savepoint let the tasks go on, and what came then was written before the start wrote it again.
    [Fact]
    public async Task ShouldNotEmitTwice_WhenAFurtherSavepointOfTheStoppedJobIsTaken()
    {
        await using DurableScene scene = new();
        (string savepoint, DurableJobHost host, List<SceneMessage> late) = await StopAmidABatchAsync(scene, isDelivered: false);
        SceneTasks tasks = scene.Tasks(host);
        foreach (SceneMessage message in late)
        {
            await tasks.DeliverAsync(message);
        }

        string further = await scene.StopAsync(host, "further");
        foreach (string path in (string[])[savepoint, further])
        {
            DurableJobHost restored = await scene.OpenAsync(path);
            await scene.DeliverAsync(restored, 10, 20);
            await scene.TickAsync(restored);
            Assert.Equal(path == savepoint ? 20 : 30, scene.Counts.All.Count);
        }

        Assert.Equal([.. DurableScene.Numbers(20), .. DurableScene.Numbers(20).Skip(10)], scene.Counts.All);
    }

    [Fact]
    public async Task ShouldApplyWhatCameBehindTheCut_WhenTheJobGoesOnInstead()
    {
        await using DurableScene scene = new();
        (_, DurableJobHost host, List<SceneMessage> late) = await StopAmidABatchAsync(scene, isDelivered: false);
        SceneTasks tasks = scene.Tasks(host);
        foreach (SceneMessage message in late)
        {
            await tasks.DeliverAsync(message);
        }

        await host.Savepoints.ResumeAsync(tasks, CancellationToken.None);
        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        await scene.DeliverAsync(host, 10, 20);
        scene.Append(5);
        await scene.DeliverAsync(host, 20, 25);

        Assert.Equal(DurableScene.Numbers(25), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldGoOnWithATick_WhenTheWordThatItGoesOnIsLost()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.StopAsync(host);
        SceneTasks tasks = scene.Tasks(host);
        tasks.Loses = static _ => true;
        await host.Savepoints.ResumeAsync(tasks, CancellationToken.None);
        await scene.DeliverAsync(host, 5, 10);
        Assert.Equal(DurableScene.Numbers(5), scene.Counts.All);

        await host.Suspension.ThrowIfSuspendedAsync(CancellationToken.None);
        await scene.TickAsync(host);

        Assert.Equal(DurableScene.Numbers(10), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldReadNothingMore_WhenTheSavepointHadToCompleteABatch()
    {
        await using DurableScene scene = new();
        (string savepoint, DurableJobHost host, _) = await StopAmidABatchAsync(scene, isDelivered: true);
        scene.Append(5);

        await Assert.ThrowsAsync<JobSuspendedException>(() => scene.DeliverAsync(host, 20, 25));

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        DurableJobHost restored = await scene.OpenAsync(savepoint);
        await scene.DeliverAsync(restored, 10, 25);
        await scene.TickAsync(restored);
        Assert.Equal(DurableScene.Numbers(25), scene.Counts.All);
        Assert.Equal(25, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldWriteAgainWhatCameSince_WhenAnOlderSavepointIsTaken()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 10);
        string older = await scene.StopAsync(host, "older");
        await scene.ResumeAsync(host);
        await scene.DeliverAsync(host, 10, 20);
        await scene.StopAsync(host, "newer");

        DurableJobHost restored = await scene.OpenAsync(older);
        await scene.DeliverAsync(restored, 10, 20);

        IReadOnlyList<string> lines = scene.Inputs[0].All;
        Assert.Equal([.. lines, .. lines.Skip(10)], scene.Copies.All);
    }

    [Fact]
    public async Task ShouldLeaveTheJobAlone_WhenThereIsASavepointOfThatName()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.StopAsync(host, "nightly");
        await scene.ResumeAsync(host);

        InvalidOperationException refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => scene.StopAsync(host, "nightly"));

        Assert.Contains("exists already", refusal.Message, StringComparison.Ordinal);
        Assert.False((await host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
        await scene.DeliverAsync(host, 5, 10);
        Assert.Equal(DurableScene.Numbers(10), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldRefuseASecondSavepoint_WhenAnotherProcessTakesOne()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost first = await scene.OpenAsync();
        DurableJobHost second = await scene.OpenAsync();
        await scene.DeliverAsync(first, 0, 10);
        SceneTasks tasks = scene.Tasks(first);
        Exception? refusal = null;
        tasks.OnSignal = async operation =>
        {
            if (operation == DurableOperation.Freeze)
            {
                refusal = await Record.ExceptionAsync(() => scene.StopAsync(second));
            }
        };

        await first.Savepoints.TakeAsync("first", SavepointEnd.Suspend, TimeSpan.FromSeconds(30), tasks, CancellationToken.None);

        Assert.Contains("already", Assert.IsType<SavepointUnderWayException>(refusal).Message, StringComparison.Ordinal);

        // It is over now.
        await scene.StopAsync(second, "second");
    }

    [Fact]
    public async Task ShouldGoOn_WhenASavepointAfterWhichItWasToGoOnFails()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        SceneTasks tasks = scene.Tasks(host);
        tasks.Loses = static operation => operation == DurableOperation.Freeze;

        TimeoutException error = await Assert.ThrowsAsync<TimeoutException>(() =>
            host.Savepoints.TakeAsync("never", SavepointEnd.Resume, TimeSpan.Zero, tasks, CancellationToken.None)
        );

        Assert.Contains("It goes on", error.Message, StringComparison.Ordinal);
        await scene.DeliverAsync(host, 5, 10);
        Assert.Equal(DurableScene.Numbers(10), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldTakeANewSavepointSoon_WhenTheProcessThatTookOneIsDead()
    {
        ManualTimeProvider time = new();
        await using DurableScene scene = new() { Time = time };
        scene.Append(10);
        DurableJobHost dead = await scene.OpenAsync();
        await scene.DeliverAsync(dead, 0, 10);
        await dead.Job.Controls.ChangeAsync(
            control =>
                control! with
                {
                    IsSuspended = true,
                    Savepoint = new DurableSavepointClaim(Guid.NewGuid(), time.GetUtcNow() + SavepointTurn.Length),
                },
            CancellationToken.None
        );
        DurableJobHost host = await scene.OpenAsync();
        await Assert.ThrowsAsync<SavepointUnderWayException>(() => scene.StopAsync(host, "soon"));

        time.Advance(TimeSpan.FromSeconds(31));

        Assert.EndsWith("soon", await scene.StopAsync(host, "soon"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldKeepItsTurn_WhenASavepointTakesLong()
    {
        ManualTimeProvider time = new();
        await using DurableScene scene = new() { Time = time };
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        DurableJobHost other = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 10);
        SceneTasks tasks = scene.Tasks(host);
        List<Exception?> refusals = [];
        tasks.OnSignal = async operation =>
        {
            if (operation != DurableOperation.Freeze)
            {
                return;
            }

            for (int i = 0; i < 12; i++)
            {
                DateTimeOffset until = (await host.Job.Controls.ReadAsync(CancellationToken.None))!.Savepoint!.Until;
                time.Advance(TimeSpan.FromSeconds(10));
                await MovesAsync(host, until);
                refusals.Add(await Record.ExceptionAsync(() => scene.StopAsync(other)));
            }
        };

        string path = await host.Savepoints.TakeAsync(
            "long",
            SavepointEnd.Suspend,
            TimeSpan.FromMinutes(10),
            tasks,
            CancellationToken.None
        );

        Assert.All(refusals, refusal => Assert.IsType<SavepointUnderWayException>(refusal));
        Assert.EndsWith("long", path, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldGiveUp_WhenItsTurnIsAnothersByNow()
    {
        await using DurableScene scene = new();
        scene.Append(10);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 10);
        SceneTasks tasks = scene.Tasks(host);
        tasks.OnSignal = async operation =>
        {
            if (operation == DurableOperation.Freeze)
            {
                await host.Job.Controls.ChangeAsync(
                    control => control! with { Savepoint = control.Savepoint! with { Id = Guid.NewGuid() } },
                    CancellationToken.None
                );
            }
        };

        JobFencedException error = await Assert.ThrowsAsync<JobFencedException>(() =>
            host.Savepoints.TakeAsync("late", SavepointEnd.Resume, TimeSpan.FromSeconds(30), tasks, CancellationToken.None)
        );

        Assert.Contains("given up", error.Message, StringComparison.Ordinal);
        Assert.True((await host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
    }

    [Fact]
    public async Task ShouldNotGoOn_WhenTimeHasEnded()
    {
        await using DurableScene scene = new();
        scene.Append(5);
        DurableJobHost host = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.StopAsync(host, drain: true);

        JobDrainedException error = await Assert.ThrowsAsync<JobDrainedException>(() => scene.ResumeAsync(host));

        Assert.Contains("RestoreFrom", error.Message, StringComparison.Ordinal);
        Assert.True((await host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
    }

    private static async Task MovesAsync(DurableJobHost host, DateTimeOffset until)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(30));
        while ((await host.Job.Controls.ReadAsync(deadline.Token))!.Savepoint!.Until <= until)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(1), deadline.Token);
        }
    }

    // A batch of another process is sent, and delivered or on its way, when the savepoint is taken; it cannot commit any more. Its
    // repetition finds the job suspended, or the batch committed by the savepoint.
    private static async Task<(string Savepoint, DurableJobHost Host, List<SceneMessage> Late)> StopAmidABatchAsync(
        DurableScene scene,
        bool isDelivered
    )
    {
        scene.Append(20);
        DurableJobHost host = await scene.OpenAsync();
        DurableJobHost zombie = await scene.OpenAsync();
        await scene.DeliverAsync(host, 0, 5);
        await scene.DeliverAsync(zombie, 5, 10);
        string savepoint = "";
        LateTasks tasks = new(zombie, isDelivered ? scene.Tasks(zombie) : null, async () => savepoint = await scene.StopAsync(host));
        Exception? refusal = await Record.ExceptionAsync(() => scene.DeliverAsync(zombie, 10, 20, tasks: tasks));
        Assert.Equal(isDelivered, refusal is null);
        return (savepoint, host, tasks.Late);
    }

    private sealed class LateTasks(DurableJobHost host, SceneTasks? deliver, Func<Task> sent) : IDurableTasks
    {
        private bool _isSent;

        public List<SceneMessage> Late { get; } = [];

        public async Task SignalAsync(Stage stage, int task, string operation, byte[] content, CancellationToken cancellationToken)
        {
            if (deliver is not null)
            {
                await deliver.SignalAsync(stage, task, operation, content, cancellationToken);
            }

            Late.Add(new SceneMessage(host.Control.Incarnation, stage.Uid, task, operation, content));
            if (!_isSent)
            {
                _isSent = true;
                await sent();
            }
        }

        public Task<TaskImage> ReadStateAsync(Stage stage, int task, bool isWhole, CancellationToken cancellationToken) =>
            Task.FromResult(TaskImage.Empty);

        public Task EmitBestEffortAsync(
            string sinkUid,
            string batch,
            IReadOnlyList<Millrace.Connectors.DurableSinkRecord> records,
            CancellationToken cancellationToken
        ) => throw new NotSupportedException("The scene has no such sink.");
    }
}
