using Microsoft.Extensions.Configuration;
using Millrace.Api;
using Millrace.Kafka;
using Millrace.Runtime;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>
/// A savepoint of the embedded host, restored in the function app with another parallelism: every line counts once, and every result comes
/// once.
/// </summary>
public sealed class MoveTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const int Before = 2_500;

    [AzuriteTheory]
    [InlineData(2, 5)]
    [InlineData(3, 1)]
    public Task ShouldGoOnInTheFunctionApp_WhenWindowsWereOpenEmbedded(int embedded, int functions) =>
        MoveAsync(new CountJob(DeliveryGuarantee.ExactlyOnce, embedded), new CountJob(DeliveryGuarantee.ExactlyOnce, functions));

    [AzuriteTheory]
    [InlineData(2, 5)]
    [InlineData(3, 1)]
    public Task ShouldGoOnInTheFunctionApp_WhenTimersWereSetEmbedded(int embedded, int functions) =>
        MoveAsync(new TimersJob(DeliveryGuarantee.ExactlyOnce, embedded), new TimersJob(DeliveryGuarantee.ExactlyOnce, functions));

    private async Task MoveAsync(IStreamJob embedded, IStreamJob functions)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(5_000, seed: 8);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, Before));
        string savepoint = await StopEmbeddedAsync(scene, embedded);
        string[] first = [.. Topics.Values(scene.Brokers, "counts")];

        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(Before, workload.Records));
        scene.Options.Settings["Millrace:count:RestoreFrom"] = savepoint;
        scene.Add(functions);
        await scene.FinishAsync(workload.Records);

        string[] all = [.. Topics.Values(scene.Brokers, "counts").Order(StringComparer.Ordinal)];
        Assert.InRange(first.Length, 1, all.Length - 1);
        Assert.Equal(workload.Expected(), all);
    }

    // Some windows have closed before it stops, and others are open.
    private static async Task<string> StopEmbeddedAsync(Scene scene, IStreamJob job)
    {
        IConfiguration configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new KeyValuePair<string, string?>("Kafka:bootstrap.servers", scene.Brokers)])
            .Build();
        StreamExecutionEnvironment env = new(new ExecutionOptions { CheckpointInterval = TimeSpan.FromMilliseconds(200) }, configuration)
        {
            CheckpointStore = scene.Blobs,
        };
        job.Build(env);
        using CancellationTokenSource deadline = new(Scene.Deadline);
        await using JobClient client = env.ExecuteDetached(job.Name, deadline.Token);
        while (client.GetMetrics() is { } metrics && (metrics.RecordsIn < Before || metrics.RecordsOut == 0))
        {
            Assert.False(client.Completion.IsCompleted, client.Completion.Exception?.Message);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, deadline.Token);
        }

        return await client.StopWithSavepointAsync("move", deadline.Token);
    }
}
