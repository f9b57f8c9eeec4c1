using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A savepoint of the function app, restored in the embedded runtime.</summary>
public sealed class PortabilityTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task ShouldGoOnEmbedded_WhenStoppedInTheFunctionApp(bool preAggregates)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(4_000, seed: 6);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        Runner.RunnerInstance app = scene.Add(new CountJob(DeliveryGuarantee.AtLeastOnce, parallelism: 3, preAggregates: preAggregates));
        string savepoint = await scene.FinishAsync(2_000, drain: false);
        await scene.RemoveAsync(app);

        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, workload.Records));
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new KeyValuePair<string, string?>("Kafka:bootstrap.servers", scene.Brokers)])
            .Build();
        StreamExecutionEnvironment env = new(
            new ExecutionOptions { RestoreFrom = savepoint, CheckpointInterval = TimeSpan.FromMilliseconds(200) },
            configuration
        )
        {
            CheckpointStore = scene.Blobs,
        };
        new CountJob(DeliveryGuarantee.AtLeastOnce, parallelism: 2, preAggregates: preAggregates).Build(env);
        using CancellationTokenSource stop = new(Scene.Deadline);
        Task run = env.ExecuteAsync("count", stop.Token);
        string[] closed =
        [
            .. workload
                .Expected()
                .Where(result => long.Parse(result.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture) < 6_000),
        ];
        string[] actual = [];
        while (!run.IsCompleted && !closed.All(result => actual.Contains(result, StringComparer.Ordinal)))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, CancellationToken.None);
            actual = [.. Topics.Read(scene.Brokers, "counts").Select(record => record.Value)];
        }

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(closed.Except(actual, StringComparer.Ordinal));
        Assert.Empty(actual.Except(workload.Expected(), StringComparer.Ordinal));
        Assert.Equal(actual.Length, actual.Distinct(StringComparer.Ordinal).Count());
    }

    [AzuriteFact]
    public async Task ShouldDrain_WhenPartitionsHaveNeverBeenRead()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(500, seed: 11);
        scene.Add(new CountJob(DeliveryGuarantee.AtLeastOnce, parallelism: 2));
        Topics.Write(
            scene.Brokers,
            "lines",
            Scene.Partitions,
            workload.Part(0, workload.Records).Select(record => (Partition: 1, record.Value))
        );

        await scene.FinishAsync(workload.Records, drain: true);

        Assert.Equal(workload.Expected(), Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal));
    }
}
