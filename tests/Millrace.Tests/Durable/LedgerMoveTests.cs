using Millrace.Checkpoints;
using Millrace.Connectors;
using Millrace.Durable.Hosting;
using Millrace.Runtime;
using Xunit;

namespace Millrace.Tests.Durable;

/// <summary>A job whose ledgers are objects, as every version before had them, and then in a table.</summary>
public sealed class LedgerMoveTests
{
    [Fact]
    public async Task ShouldGoOnExactly_WhenTheAppIsDeployedWithATable()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        DurableJobHost before = await scene.OpenAsync();
        await scene.DeliverAsync(before, 0, 10);
        MemoryLedgerStore table = new();

        DurableJobHost after = await scene.OpenAsync(ledgers: table);
        await scene.DeliverAsync(after, 5, 20);
        await scene.TickAsync(after);

        Assert.Equal((before.Control.Incarnation, "table"), (after.Control.Incarnation, after.Control.Ledgers));
        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldWriteNothingMore_WhenItsProcessWasToldOfObjectsOnly()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        DurableJobHost old = await scene.OpenAsync();
        await scene.DeliverAsync(old, 0, 10);
        DurableJobHost moved = await scene.OpenAsync(ledgers: new MemoryLedgerStore());
        await scene.DeliverAsync(moved, 10, 15);

        // It owned the partition: its next commit is refused, and it may not take the partition over again.
        JobSuspendedException refusal = await Assert.ThrowsAsync<JobSuspendedException>(() => scene.DeliverAsync(old, 10, 20));
        Assert.True(refusal.HasNewState);
        StateRestoreException sentence = await Assert.ThrowsAsync<StateRestoreException>(() => scene.OpenAsync());
        Assert.Contains("Millrace:Ledgers", sentence.Message, StringComparison.Ordinal);

        await scene.DeliverAsync(moved, 15, 20);
        await scene.TickAsync(moved);
        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldBeUnreadableForEarlierVersions_WhenItIsInATable()
    {
        await using DurableScene scene = new();
        await scene.OpenAsync();
        Assert.Equal(2, await VersionAsync(scene));

        await scene.OpenAsync(ledgers: new MemoryLedgerStore());
        Assert.Equal(3, await VersionAsync(scene));
    }

    [Fact]
    public async Task ShouldMoveOnce_WhenTwoProcessesDoItTogether()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        await scene.DeliverAsync(await scene.OpenAsync(), 0, 10);
        MemoryLedgerStore table = new();

        DurableJobHost[] hosts = await Task.WhenAll(scene.OpenAsync(ledgers: table), scene.OpenAsync(ledgers: table));
        await scene.DeliverAsync(hosts[0], 8, 15);
        await scene.DeliverAsync(hosts[1], 12, 20);
        await scene.TickAsync(hosts[0]);

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
        Assert.Equal(20, scene.Copies.All.Count);
    }

    [Fact]
    public async Task ShouldBeMovedByTheNextProcess_WhenTheFirstDiesOnTheWay()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        await scene.DeliverAsync(await scene.OpenAsync(), 0, 10);
        MemoryLedgerStore table = new() { OnWrite = _ => throw new IOException("The process has died.") };
        await Assert.ThrowsAsync<IOException>(() => scene.OpenAsync(ledgers: table));

        table.OnWrite = static _ => { };
        DurableJobHost host = await scene.OpenAsync(ledgers: table);
        await scene.DeliverAsync(host, 10, 20);
        await scene.TickAsync(host);

        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
    }

    [Fact]
    public async Task ShouldNotBeginAnew_WhenTheTableWasEmptied()
    {
        await using DurableScene scene = new();
        scene.Append(20);
        MemoryLedgerStore table = new();
        DurableJobHost host = await scene.OpenAsync(ledgers: table);
        await scene.DeliverAsync(host, 0, 10);
        string savepoint = await scene.StopAsync(host, "ten");
        await scene.ResumeAsync(host);
        table.Clear();

        // A process that runs, and one that starts.
        await Assert.ThrowsAnyAsync<SuppressRestartsException>(() => scene.TickAsync(host));
        StateRestoreException refusal = await Assert.ThrowsAsync<StateRestoreException>(() => scene.OpenAsync(ledgers: table));
        Assert.Contains("RestoreFrom", refusal.Message, StringComparison.Ordinal);

        DurableJobHost restored = await scene.OpenAsync(savepoint, ledgers: table);
        await scene.DeliverAsync(restored, 10, 20);
        await scene.TickAsync(restored);
        Assert.Equal(DurableScene.Numbers(20), scene.Counts.All);
    }

    private static async Task<int> VersionAsync(DurableScene scene)
    {
        StoredObject stored = (await scene.Store.GetAsync(DurableNames.ControlOf("scene"), CancellationToken.None))!;
        using System.Text.Json.JsonDocument document = System.Text.Json.JsonDocument.Parse(stored.Content);
        return document.RootElement.GetProperty("formatVersion").GetInt32();
    }
}
