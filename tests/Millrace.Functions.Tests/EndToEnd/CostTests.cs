using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;
using Xunit.Abstractions;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>
/// What a job costs in durable operations and in blob writes when batches are full: every signal and every write is counted.
/// </summary>
public sealed class CostTests(AzuriteFixture azurite, ITestOutputHelper output) : IClassFixture<AzuriteFixture>
{
    private const int Records = 40_000;
    private const int Tasks = 3;

    // Each partition's first ledger and the word that they are there, once per job, and the partitions' takeovers, once per owner, which
    // may come one after the other: whatever follows.
    private const int OncePerJob = Scene.Partitions + 1;
    private const int OncePerOwner = OncePerJob + Scene.Partitions;

    [AzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldCostFewOperationsAndTransactions_WhenBatchesAreFull(bool preAggregates)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);

        // The client gives partitions one after the other: so that batches are of several, they take all that there is.
        scene.Options.MaxBatch = Records;
        RunnerInstance instance = await RunAsync(
            scene,
            new CountJob(DeliveryGuarantee.AtLeastOnce, Tasks, preAggregates: preAggregates),
            new Workload(Records, seed: 2)
        );

        double perThousand = SignalsOfRecords(scene) / (Records / 1000.0);
        // A plan where whole payloads are sent, and the commit.
        int most = preAggregates ? 2 : 1;
        double perBatch = (double)(instance.Blobs.Transactions - OncePerOwner) / instance.Batches;
        Assert.True(perThousand <= 2, $"{perThousand:F2} durable operations per 1,000 records, at most 2 expected: {Describe(scene)}.");
        Assert.True(instance.Partitions > instance.Batches, "No batch was of several partitions.");
        Assert.True(perBatch <= most, $"{perBatch:F2} transactions of ledgers per batch, at most {most} expected.");
        Assert.Equal(0, instance.Blobs.WritesOf("/state/"));
        output.WriteLine(
            $"{perThousand:F2} operations per 1,000 records ({Describe(scene)}), {perBatch:F2} transactions of ledgers per batch "
                + $"({instance.Batches} batches of {instance.Partitions} partitions, {instance.Blobs.WritesOf("/ledgers/")} rows)."
        );
    }

    [AzuriteFact]
    public async Task ShouldWriteOneBlobPerEntityBatch_WhenStatesAreSpilled()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        scene.Options.Settings["Millrace:MaxEntityStateBytes"] = "4096";
        RunnerInstance instance = await RunAsync(
            scene,
            new CountJob(DeliveryGuarantee.AtLeastOnce, Tasks),
            new Workload(Records, seed: 2, keys: 20_000)
        );

        double perThousand = SignalsOfRecords(scene) / (Records / 1000.0);
        long spills = instance.Blobs.WritesOf("/state/");
        long ledgers = instance.Blobs.WritesOf("/ledgers/");
        Assert.True(perThousand <= 2, $"{perThousand:F2} durable operations per 1,000 records, at most 2 expected: {Describe(scene)}.");
        Assert.InRange(spills, 1, instance.Entities.Batches);
        Assert.Equal(instance.Blobs.Writes, spills + ledgers + instance.Blobs.WritesOf("control.json"));
        Assert.InRange(ledgers, instance.Partitions, (2 * Scene.Partitions) + 1 + (2 * instance.Partitions));
        output.WriteLine(
            $"{perThousand:F2} operations per 1,000 records ({Describe(scene)}), {ledgers} writes of ledgers for {instance.Partitions} "
                + $"partitions of batches, {spills} of states."
        );
    }

    [AzuriteFact]
    public async Task ShouldSignalEachTaskOncePerTick_WhenNothingComes()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        scene.Options.Settings["Millrace:ResendTimeoutSeconds"] = "3600";
        RunnerInstance instance = scene.Add(new CountJob(DeliveryGuarantee.AtLeastOnce, Tasks));
        await Waiting.UntilAsync(() => instance.Ticks >= 5, Scene.Deadline);
        await scene.RemoveAsync(instance);

        // At the default schedule, twelve ticks a minute, that is 36 operations a minute for this job, whatever its rate. The last tick may
        // have been cut off.
        IReadOnlyDictionary<string, long> signals = scene.Store.Signals();
        Assert.InRange(signals["progress"], instance.Ticks * Tasks, (instance.Ticks + 1) * Tasks);
        Assert.Equal(signals["progress"], signals.Values.Sum());

        Assert.Equal(OncePerJob, instance.Blobs.Transactions);
        Assert.Equal(2, instance.Blobs.WritesOf("control.json"));
    }

    // Ticks as the default schedule has them; a slow machine is no reason for repairs.
    private static async Task<RunnerInstance> RunAsync(Scene scene, CountJob job, Workload workload)
    {
        scene.Options.TickInterval = TimeSpan.FromSeconds(5);
        scene.Options.Settings["Millrace:RepairTimeoutSeconds"] = "3600";
        scene.Options.Settings["Millrace:ResendTimeoutSeconds"] = "3600";
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, Records));
        RunnerInstance instance = scene.Add(job);
        await scene.WaitForRecordsAsync(Records);
        await Waiting.UntilAsync(() => scene.Store.IsIdle, Scene.Deadline);
        return instance;
    }

    // Ticks are paid by time, not by record.
    private static long SignalsOfRecords(Scene scene) =>
        scene.Store.Signals().Where(signal => signal.Key != "progress").Sum(signal => signal.Value);

    private static string Describe(Scene scene) =>
        string.Join(", ", scene.Store.Signals().Select(signal => $"{signal.Value} {signal.Key}"));
}
