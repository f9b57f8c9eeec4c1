using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>The durable extension forgets the messages of a batch whose function throws, or whose worker process dies.</summary>
public sealed class LossTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ShouldCountEveryLineOnce_WhenTheHostForgetsWhatWorkersTook(int seed)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString, seed);
        Workload workload = new(6_000, seed);
        Random random = new(seed);
        scene.Options.LosesBatch = _ =>
        {
            lock (random)
            {
                return random.Next(6) == 0;
            }
        };
        RunnerInstance instance = scene.Add(new TwoStageJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, workload.Records));
        await scene.WaitForRecordsAsync(workload.Records);
        await Waiting.UntilAsync(() => instance.Entities.LostBatches >= 10, Scene.Deadline);
        scene.Options.LosesBatch = static _ => false;

        await scene.FinishAsync(workload.Records);

        Assert.Equal(
            workload.ExpectedTotals(),
            Topics.Read(scene.Brokers, "counts").Select(record => record.Value).Order(StringComparer.Ordinal)
        );
    }

    [AzuriteFact]
    public async Task ShouldCountEveryLineOnce_WhenStatesCannotBeLoadedForAWhile()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);

        // States in blobs, even with one window open, so that no batch runs without the store.
        Workload workload = new(4_000, seed: 7, keyLength: 3_000);
        scene.Options.Settings["Millrace:MaxEntityStateBytes"] = "4096";
        RunnerInstance instance = scene.Add(new TwoStageJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        await scene.WaitForRecordsAsync(2_000);
        instance.Blobs.Fails = name => name.Contains("/state/", StringComparison.Ordinal);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, workload.Records));
        await Waiting.UntilAsync(() => instance.Entities.LostBatches > 0, Scene.Deadline);
        instance.Blobs.Fails = static _ => false;

        await scene.FinishAsync(workload.Records);

        Assert.Equal(
            workload.ExpectedTotals(),
            Topics.Read(scene.Brokers, "counts").Select(record => record.Value).Order(StringComparer.Ordinal)
        );
    }
}
