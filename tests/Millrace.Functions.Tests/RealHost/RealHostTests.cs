using Millrace.Functions.Tests.Conformance;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.RealHost;

/// <summary>
/// The app as it ships, in its real worker process, on the official Durable and timer extensions; see
/// <c>tests/Millrace.Functions.TestHost/README.md</c>.
/// </summary>
public sealed class RealHostTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteFact]
    public async Task ShouldGiveTheOutputOfTheEmbeddedHost_WhenJobsRunInTheRealWorker()
    {
        ConformanceCase[] cases = RealHostRun.Cases("uppercase", "log-analysis", "auction-analysis");
        Task<HostOutput[]> embedded = RealHostRun.RunEmbeddedAsync(cases);
        await using TestBroker broker = await RealHostRun.StartBrokerAsync(cases);
        HostSetup setup = RealHostRun.Setup(azurite.ConnectionString, broker.BootstrapServers, cases);
        setup.Settings["uppercase:guarantee"] = "BestEffort";
        setup.Settings["auction-analysis:guarantee"] = "BestEffort";
        await using HostProcess host = await HostProcess.StartAsync(setup);

        await Task.WhenAll(cases.Select(each => RealHostRun.FinishAsync(host, each)));

        await RealHostRun.AssertEqualAsync(cases, await embedded, broker, host);
    }

    [AzuriteFact]
    public async Task ShouldLoseAndDoubleNothing_WhenTheWorkerIsKilled()
    {
        ConformanceCase[] cases = RealHostRun.Cases("log-analysis");
        Task<HostOutput[]> embedded = RealHostRun.RunEmbeddedAsync(cases);
        await using TestBroker broker = await RealHostRun.StartBrokerAsync(cases);
        HostSetup setup = RealHostRun.Setup(azurite.ConnectionString, broker.BootstrapServers, cases);

        // Many batches, so that the worker dies in the midst of them.
        setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "200";
        await using HostProcess host = await HostProcess.StartAsync(setup);

        await host.WaitForRecordsAsync("log-analysis", 600);
        host.KillWorker();
        await RealHostRun.FinishAsync(host, cases[0]);

        Assert.Equal(2, host.Workers.Count);
        await RealHostRun.AssertEqualAsync(cases, await embedded, broker, host);
    }

    [AzuriteFact]
    public async Task ShouldGoOn_WhenFunctionsHaveProcessesOfTheirOwnAndOneIsScaledIn()
    {
        ConformanceCase[] cases = RealHostRun.Cases("auction-analysis");
        Task<HostOutput[]> embedded = RealHostRun.RunEmbeddedAsync(cases);
        await using TestBroker broker = await RealHostRun.StartBrokerAsync(cases);
        HostSetup setup = RealHostRun.Setup(azurite.ConnectionString, broker.BootstrapServers, cases);
        setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "200";

        // As on Flex Consumption: HTTP, Durable with its timer, and each Kafka trigger apart.
        await using HostProcess http = await HostProcess.StartAsync(setup, "http");
        await using HostProcess durable = await HostProcess.StartAsync(setup, "durable", "timer");
        await using HostProcess source = await HostProcess.StartAsync(setup, "source-nexmark-events");
        await http.WaitForRecordsAsync("auction-analysis", 200);
        await source.DrainAsync();
        await using HostProcess next = await HostProcess.StartAsync(setup, "source-nexmark-events");
        await RealHostRun.FinishAsync(http, cases[0]);

        Assert.Contains("drained", source.Log, StringComparison.Ordinal);
        await RealHostRun.AssertEqualAsync(cases, await embedded, broker, durable);
    }
}
