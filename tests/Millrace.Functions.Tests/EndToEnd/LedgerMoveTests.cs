using Millrace.Durable.Hosting;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>An app whose ledgers are in blobs is deployed anew, with a table.</summary>
public sealed class LedgerMoveTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldLoseAndDoubleNothing_WhenInstancesAreReplacedUnderLoad(bool isKilled)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(8_000, seed: 21);
        ILedgerStore table = scene.Ledgers;
        scene.Ledgers = new ObjectLedgerStore(scene.Blobs);
        RunnerInstance old = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        await scene.WaitForRecordsAsync(2_000);
        Assert.Equal(Scene.Partitions, (await scene.ObjectsAsync("ledgers")).Count);

        // The old instance goes on beside the new one, until it is refused.
        scene.Ledgers = table;
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, 5_000));
        RunnerInstance added = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        if (isKilled)
        {
            added.KillAfter(8);
            await Waiting.UntilAsync(() => added.IsKilled, Scene.Deadline);
            await scene.RemoveAsync(added);
            scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        }

        await scene.RemoveAsync(old);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(5_000, workload.Records));
        await scene.FinishAsync(workload.Records);

        Assert.Equal(workload.Expected(), Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal));
        Assert.Equal(Scene.Partitions, (await scene.LedgersAsync()).Count);
    }
}
