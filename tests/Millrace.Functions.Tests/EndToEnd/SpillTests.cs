using Millrace.Checkpoints;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>States above <c>MaxEntityStateBytes</c> lie in blobs.</summary>
public sealed class SpillTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const int MaxEntityStateBytes = 4 * 1024;

    [AzuriteFact]
    public async Task ShouldGoOnFromItsBlob_WhenAnInstanceWithASpilledStateIsKilled()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        scene.Options.Settings["Millrace:MaxEntityStateBytes"] = $"{MaxEntityStateBytes}";
        scene.Store.DuplicatesSignals = true;

        // Two seconds of lines by two thousand keys are open at a time, in one task.
        Workload workload = new(6_000, seed: 12, keys: 2_000);
        RunnerInstance killed = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, parallelism: 1));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 3_000));
        await scene.WaitForRecordsAsync(3_000);

        // The source's ledger is ahead of the task, which has the lines only when its signals have come.
        IReadOnlyList<StoredObject> spilled = [];
        await Waiting.UntilAsync(async () => (spilled = await scene.ObjectsAsync("state")).Count > 0, Scene.Deadline);
        killed.KillAfter(steps: 20);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(3_000, workload.Records));
        await Waiting.UntilAsync(() => killed.IsKilled, Scene.Deadline);
        await scene.RemoveAsync(killed);

        scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, parallelism: 1));
        await scene.FinishAsync(workload.Records);

        Assert.NotEmpty(spilled);
        Assert.All(
            spilled,
            blob =>
                Assert.True(
                    blob.Content.Length > MaxEntityStateBytes,
                    $"A blob has {blob.Content.Length} bytes, which the entity could have kept."
                )
        );
        Assert.Equal(workload.Expected(), Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal));
        Assert.True(
            scene.Store.LargestState < MaxEntityStateBytes * 2,
            $"An entity stored {scene.Store.LargestState} characters, expected less than {MaxEntityStateBytes * 2}: {MaxEntityStateBytes} "
                + "bytes as base64 with names around, or the name of a blob."
        );
    }
}
