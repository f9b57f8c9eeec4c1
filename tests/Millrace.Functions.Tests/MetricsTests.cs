using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Tests.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Repository;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Functions.Tests;

public sealed partial class MetricsTests
{
    [Fact]
    public async Task ShouldHaveItsInstruments_WhenTheAppHasStarted()
    {
        List<string> instruments = await InstrumentsAsync();

        Assert.Contains("millrace.checkpoint.age", instruments);
        Assert.Contains("millrace.source.pending_records", instruments);
    }

    [Fact]
    public async Task ShouldMeasureWhatAlertsAskFor_WhenARuleIsDeployed()
    {
        string[] asked =
        [
            .. NamesOfMetrics()
                .Matches(File.ReadAllText(Tree.PathOf("infra/modules/alerts.bicep")))
                .Select(match => match.Groups["name"].Value),
        ];

        Assert.Equal(3, asked.Length);
        Assert.Empty(asked.Except(await InstrumentsAsync(), StringComparer.Ordinal));
    }

    private static async Task<List<string>> InstrumentsAsync()
    {
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:1"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true")
        );
        InMemoryObjectStore store = new();
        builder.Services.AddSingleton<IObjectStore>(store);
        builder.Services.AddSingleton<ILedgerStore>(new ObjectLedgerStore(store));
        using IHost app = builder.Build();
        List<string> instruments = [];
        using MeterListener listener = new();
        IMeterFactory meters = app.Services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == "Millrace" && ReferenceEquals(instrument.Meter.Scope, meters))
            {
                instruments.Add(instrument.Name);
            }
        };
        listener.Start();
        await app.StartAsync();
        await app.StopAsync();
        return instruments;
    }

    [GeneratedRegex("customMetrics \\| where name == \"(?<name>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex NamesOfMetrics();
}
