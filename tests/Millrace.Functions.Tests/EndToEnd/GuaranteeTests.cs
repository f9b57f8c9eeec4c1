using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

public sealed class GuaranteeTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteFact]
    public async Task ShouldSendPoisonToTheDeadLetterTopic_WhenARecordCannotBeRead()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(2_000, seed: 9);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, workload.Records).Concat([(0, "poison"), (1, "k:poison")]));

        scene.Add(new CountJob(DeliveryGuarantee.AtLeastOnce, deadLetters: "dead"));
        await scene.FinishAsync(workload.Records + 2);

        Assert.Equal(
            ["k:poison", "poison"],
            Topics.Read(scene.Brokers, "dead").Select(record => record.Value).Distinct().Order(StringComparer.Ordinal)
        );
        Assert.Equal(
            workload.Expected(),
            Topics
                .Read(scene.Brokers, "counts")
                .DistinctBy(record => record.Id)
                .Select(record => record.Value)
                .Order(StringComparer.Ordinal)
        );
    }

    [AzuriteFact]
    public async Task ShouldGoOnWithAnotherParallelism_WhenStartedFromItsSavepoint()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(4_000, seed: 3);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        RunnerInstance first = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, parallelism: 3));
        string savepoint = await scene.FinishAsync(2_000, drain: false);
        await scene.RemoveAsync(first);

        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, workload.Records));
        scene.Options.Settings["Millrace:count:RestoreFrom"] = savepoint;
        scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, parallelism: 5));
        await scene.FinishAsync(workload.Records);

        Assert.Equal(
            workload.Expected(),
            Topics.Read(scene.Brokers, "counts").Select(record => record.Value).Order(StringComparer.Ordinal)
        );
    }

    [AzuriteFact]
    public async Task ShouldWriteEverythingAgain_WhenStartedOverOnAnEmptiedStore()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(2_000, seed: 12);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, workload.Records));
        RunnerInstance first = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        await scene.FinishAsync(workload.Records);
        await scene.RemoveAsync(first);

        // Entities and progress markers of the sinks are elsewhere: they stay.
        await foreach (string name in scene.Blobs.ListAsync("", CancellationToken.None))
        {
            await scene.Blobs.DeleteAsync(name, CancellationToken.None);
        }

        scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        await scene.FinishAsync(workload.Records);

        Assert.Equal(
            workload.Expected().Concat(workload.Expected()).Order(StringComparer.Ordinal),
            Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal)
        );
    }

    [AzuriteFact]
    public async Task ShouldRefuseAnotherPreAggregation_UnlessStartedFromASavepoint()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(4_000, seed: 8);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        RunnerInstance first = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        string savepoint = await scene.FinishAsync(2_000, drain: false);
        await scene.RemoveAsync(first);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, workload.Records));

        await using RunnerInstance changed = new(
            scene.Options,
            scene.Store,
            scene.Blobs,
            scene.Ledgers,
            [new CountJob(DeliveryGuarantee.ExactlyOnce, preAggregates: true)]
        );
        StateRestoreException error = await Assert.ThrowsAsync<StateRestoreException>(() =>
            changed.Registry.OpenAsync(changed.Registry.Catalog.Jobs[0], CancellationToken.None)
        );
        scene.Options.Settings["Millrace:count:RestoreFrom"] = savepoint;
        scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, preAggregates: true));
        await scene.FinishAsync(workload.Records);

        Assert.Contains("pre-aggregation on no edge, but the job has it on 'lines>count.0'", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            workload.Expected(),
            Topics.Read(scene.Brokers, "counts").Select(record => record.Value).Order(StringComparer.Ordinal)
        );
    }
}
