using Millrace.DevBroker;
using Millrace.Durable.Hosting;
using Millrace.Functions.Tests.Runner;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

public sealed class BackPressureTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private const int Limit = 16 * 1024;
    private const int First = 2_000;

    [OwnBrokerAzuriteFact]
    public async Task ShouldWaitWithTheSourcesAndLoseNothing_WhenASinkIsDownForAWhile()
    {
        DevBrokerOptions options = new() { Topics = { ["counts"] = 1 } };
        await using (DevBroker.DevBroker first = await DevBroker.DevBroker.StartAsync(options))
        {
            options.Port = first.Port;
        }

        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(6_000, seed: 8);
        scene.Options.MaxBatch = 200;
        scene.Options.Settings["Sink:bootstrap.servers"] = $"localhost:{options.Port}";
        scene.Options.Settings["Millrace:MaxPendingOutputBytes"] = $"{Limit}";
        RunnerInstance instance = scene.Add(new EchoJob());
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, First));
        DurableJobHost host = await instance.Registry.OpenAsync(instance.Registry.Catalog.Jobs[0], CancellationToken.None);
        await Waiting.UntilAsync(() => host.BackPressure.Count == 2, Scene.Deadline, () => scene.Options.Logs.Text);

        // What comes from now on stays in the topic.
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(First, workload.Records));
        await Waiting.UntilAsync(
            () => host.Ticker.Status.Sum(status => status.Pending) == workload.Records - First,
            Scene.Deadline,
            () => scene.Options.Logs.Text
        );
        PendingOutput[] full = [.. await host.BackPressure.ReadAsync(CancellationToken.None)];
        Assert.All(full, pending => Assert.Equal("last", pending.Stage));
        Assert.All(full, pending => Assert.InRange(pending.Bytes, Limit, 6 * Limit));
        Assert.Equal(First, await CommittedAsync(host));

        await using DevBroker.DevBroker sink = await DevBroker.DevBroker.StartAsync(options);
        await scene.FinishAsync(workload.Records);

        Assert.Equal(
            workload.Part(0, workload.Records).Select(record => record.Value).Order(StringComparer.Ordinal),
            Topics.Read(sink.BootstrapServers, "counts").Select(record => record.Value).Order(StringComparer.Ordinal)
        );
        Assert.Empty(await host.BackPressure.ReadAsync(CancellationToken.None));
    }

    private static async Task<long> CommittedAsync(DurableJobHost host) =>
        (await host.Ticker.ReadAsync(host.Plan.Sources[0], CancellationToken.None)).Sum(status => status.Ledger?.Next ?? 0);
}
