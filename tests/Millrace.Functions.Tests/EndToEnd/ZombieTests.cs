using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>An instance that stands still in the middle of a batch, loses its partitions to another one, and then goes on.</summary>
public sealed class ZombieTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData("put")]
    [InlineData("signal")]
    public async Task ShouldChangeNothing_WhenItsPartitionsWereTakenOverMeanwhile(string effect)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        scene.Options.MaxPollInterval = TimeSpan.FromSeconds(3);
        Workload workload = new(6_000, seed: 13);
        RunnerInstance zombie = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        await scene.WaitForRecordsAsync(2_000);

        // It owns its partitions: before it commits a batch, or before it has sent it.
        zombie.PauseBefore(
            effect == "put"
                ? static name => name.StartsWith("put ", StringComparison.Ordinal) && name.Contains("/ledgers/", StringComparison.Ordinal)
                : static name => name == "signal"
        );
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, 4_000));
        await Waiting.UntilAsync(() => zombie.IsPaused, Scene.Deadline);
        RunnerInstance owner = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(4_000, workload.Records));
        await scene.WaitForRecordsAsync(workload.Records);
        string[] ledgers = await LedgersAsync(scene);
        long batches = zombie.Batches;
        long writes = zombie.Blobs.Writes;

        zombie.Resume();
        await Waiting.UntilAsync(() => zombie.Batches > batches, Scene.Deadline, () => scene.Options.Logs.Text);

        Assert.InRange(zombie.Blobs.Conflicts, 1, zombie.Blobs.Writes - writes);
        Assert.Equal(ledgers, await LedgersAsync(scene));
        await scene.FinishAsync(workload.Records);
        Assert.True(owner.Batches > 0, "The other instance has taken over by its own trigger.");
        Assert.Equal(workload.Expected(), Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal));
    }

    private static async Task<string[]> LedgersAsync(Scene scene)
    {
        string[] etags = [.. (await scene.LedgersAsync()).Values.Select(ledger => ledger.ETag).Order(StringComparer.Ordinal)];
        Assert.Equal(Scene.Partitions, etags.Length);
        return etags;
    }
}
