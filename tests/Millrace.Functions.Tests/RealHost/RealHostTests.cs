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
        ConformanceCase[] cases = Cases("uppercase", "log-analysis", "auction-analysis");
        Task<HostOutput[]> embedded = RunEmbeddedAsync(cases);
        await using TestBroker broker = await StartBrokerAsync(cases);
        HostSetup setup = Setup(broker, cases);
        setup.Settings["uppercase:guarantee"] = "BestEffort";
        setup.Settings["auction-analysis:guarantee"] = "BestEffort";
        await using HostProcess host = await HostProcess.StartAsync(setup);

        await Task.WhenAll(cases.Select(each => FinishAsync(host, each)));

        await AssertEqualAsync(cases, await embedded, broker, host);
    }

    [AzuriteFact]
    public async Task ShouldLoseAndDoubleNothing_WhenTheWorkerIsKilled()
    {
        ConformanceCase[] cases = Cases("log-analysis");
        Task<HostOutput[]> embedded = RunEmbeddedAsync(cases);
        await using TestBroker broker = await StartBrokerAsync(cases);
        HostSetup setup = Setup(broker, cases);

        // Many batches, so that the worker dies in the midst of them.
        setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "200";
        await using HostProcess host = await HostProcess.StartAsync(setup);

        await host.WaitForRecordsAsync("log-analysis", 600);
        host.KillWorker();
        await FinishAsync(host, cases[0]);

        Assert.Equal(2, host.Workers.Count);
        await AssertEqualAsync(cases, await embedded, broker, host);
    }

    [AzuriteFact]
    public async Task ShouldGoOn_WhenFunctionsHaveProcessesOfTheirOwnAndOneIsScaledIn()
    {
        ConformanceCase[] cases = Cases("auction-analysis");
        Task<HostOutput[]> embedded = RunEmbeddedAsync(cases);
        await using TestBroker broker = await StartBrokerAsync(cases);
        HostSetup setup = Setup(broker, cases);
        setup.Settings["AzureFunctionsJobHost:extensions:kafka:maxBatchSize"] = "200";

        // As on Flex Consumption: HTTP, Durable with its timer, and each Kafka trigger apart.
        await using HostProcess http = await HostProcess.StartAsync(setup, "http");
        await using HostProcess durable = await HostProcess.StartAsync(setup, "durable", "timer");
        await using HostProcess source = await HostProcess.StartAsync(setup, "source-nexmark-events");
        await http.WaitForRecordsAsync("auction-analysis", 200);
        await source.DrainAsync();
        await using HostProcess next = await HostProcess.StartAsync(setup, "source-nexmark-events");
        await FinishAsync(http, cases[0]);

        Assert.Contains("drained", source.Log, StringComparison.Ordinal);
        await AssertEqualAsync(cases, await embedded, broker, durable);
    }

    private static ConformanceCase[] Cases(params string[] names) =>
        [.. names.Select(name => SampleCases.All().Single(each => each.Name == name))];

    private static async Task FinishAsync(HostProcess host, ConformanceCase conformance)
    {
        await host.WaitForRecordsAsync(conformance.Name, conformance.Inputs.Sum(input => input.Records.Count));
        await host.DrainJobAsync(conformance.Name);
    }

    private static async Task<HostOutput[]> RunEmbeddedAsync(ConformanceCase[] cases)
    {
        await using DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(ConformanceRun.OptionsOf(cases));
        CaseTopics.Write(broker.BootstrapServers, cases.SelectMany(each => each.Inputs));
        return await Task.WhenAll(
            cases.Select(each => HostOutput.OfAsync(() => new EmbeddedHost(each, broker.BootstrapServers).RunAsync()))
        );
    }

    private static async Task<TestBroker> StartBrokerAsync(ConformanceCase[] cases)
    {
        TestBroker broker = await TestBroker.StartAsync([
            .. ConformanceRun.OptionsOf(cases).Topics.Select(topic => (topic.Key, topic.Value)),
        ]);
        CaseTopics.Write(broker.BootstrapServers, cases.SelectMany(each => each.Inputs));
        return broker;
    }

    private static async Task AssertEqualAsync(ConformanceCase[] cases, HostOutput[] embedded, TestBroker broker, HostProcess host)
    {
        foreach ((ConformanceCase conformance, HostOutput expected) in cases.Zip(embedded))
        {
            // What goes through the output binding is written when its orchestration has come to it.
            CaseTopics topics = new(conformance, broker.BootstrapServers);
            await topics.WaitForAsync(expected.Topics.Values.Sum(records => records.Count));
            HostOutput actual = new(topics.Read(), Failure: null);
            ConformanceRow row = ConformanceRow.Of(conformance, expected, actual);
            Assert.True(row.Difference is null, $"{conformance.Name}: {row.Difference}\n{host.Log}");
        }
    }

    private HostSetup Setup(TestBroker broker, ConformanceCase[] cases)
    {
        HostSetup setup = new(azurite.ConnectionString, broker.BootstrapServers, [.. cases.Select(each => each.Name)]);
        foreach (ConformanceCase conformance in cases)
        {
            setup.Settings[$"{conformance.Name}:guarantee"] = "ExactlyOnce";
            foreach ((string name, string value) in conformance.Settings)
            {
                setup.Settings[$"{conformance.Name}:{name}"] = value;
            }
        }

        return setup;
    }
}
