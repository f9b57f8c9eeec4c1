using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Millrace.Checkpoints;
using Millrace.Durable.Hosting;
using Millrace.Functions.Configuration;
using Millrace.Functions.Tests.EndToEnd;
using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Xunit;

namespace Millrace.Functions.Tests.Configuration;

public sealed class HostIdentityTests
{
    private const string HostId = "AzureFunctionsWebHost:hostid";
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private readonly InMemoryObjectStore _store = new();

    [Fact]
    public async Task ShouldWarn_WhenTheNameOfTheAppIsCut()
    {
        string name = "func-millrace-prod-x7k2vq4t6m3abc";

        string log = await StartAsync(("WEBSITE_INSTANCE_ID", "1"), ("WEBSITE_HOSTNAME", "a"), ("WEBSITE_SITE_NAME", name));

        Assert.Contains($"'{name}'", log, StringComparison.Ordinal);
        Assert.Contains($"'{name[..32]}'", log, StringComparison.Ordinal);
        Assert.Contains("AzureFunctionsWebHost__hostid", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldWarn_WhenTheNameOfASlotIsCut()
    {
        string log = await StartAsync(
            ("WEBSITE_INSTANCE_ID", "1"),
            ("WEBSITE_HOSTNAME", "a"),
            ("WEBSITE_SITE_NAME", "func-millrace-prod-x7k2vq4"),
            ("WEBSITE_SLOT_NAME", "staging")
        );

        Assert.Contains("'func-millrace-prod-x7k2vq4-staging'", log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("WEBSITE_SITE_NAME", "func-millrace", "")]
    [InlineData("WEBSITE_SITE_NAME", "func-millrace-prod-x7k2vq4t6m3abcdef", "millrace-prod")]
    [InlineData("KUBERNETES_SERVICE_HOST", "10.0.0.1", "millrace")]
    public async Task ShouldSayNothing_WhenTheHostIdIsTheAppsOwn(string setting, string value, string hostId) =>
        Assert.Empty(
            await StartAsync((setting, value), ("WEBSITE_INSTANCE_ID", "1"), ("WEBSITE_HOSTNAME", "localhost:8080"), (HostId, hostId))
        );

    [Fact]
    public async Task ShouldSayNothing_WhenFlexConsumptionRunsIt() =>
        // There instances have no WEBSITE_INSTANCE_ID, and run in containers.
        Assert.Empty(
            await StartAsync(
                ("WEBSITE_SKU", "FlexConsumption"),
                ("WEBSITE_SITE_NAME", "func-millrace"),
                ("WEBSITE_HOSTNAME", "func-millrace.azurewebsites.net"),
                ("DOTNET_RUNNING_IN_CONTAINER", "true")
            )
        );

    [Fact]
    public async Task ShouldWarn_WhenReplicasHaveNoHostIdInCommon()
    {
        string log = await StartAsync(("KUBERNETES_SERVICE_HOST", "10.0.0.1"), ("WEBSITE_HOSTNAME", "localhost:8080"));

        Assert.Contains("AzureFunctionsWebHost__hostid", log, StringComparison.Ordinal);
        Assert.Contains("replica", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldWarn_WhenNobodyTellsTheAddress()
    {
        string log = await StartAsync(("KUBERNETES_SERVICE_HOST", "10.0.0.1"), (HostId, "millrace"));

        Assert.Contains("WEBSITE_HOSTNAME", log, StringComparison.Ordinal);
        Assert.Contains("localhost:8080", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldWarnOnce_WhenTheHostIdWasAnotherApps()
    {
        (string, string)[] settings = [("WEBSITE_HOSTNAME", "localhost:8080"), (HostId, "shared")];
        Assert.Empty(await StartAsync(_store, ["orders"], settings));
        Assert.Empty(await StartAsync(_store, ["orders"], settings));

        string second = await StartAsync(_store, ["alerts", "clicks"], settings);

        Assert.Contains("'shared'", second, StringComparison.Ordinal);
        Assert.Contains("'orders'", second, StringComparison.Ordinal);
        Assert.Contains("'alerts, clicks'", second, StringComparison.Ordinal);
        Assert.Contains("AzureFunctionsWebHost__hostid", second, StringComparison.Ordinal);
        Assert.Empty(await StartAsync(_store, ["clicks", "alerts"], settings));
        Assert.NotEmpty(await StartAsync(_store, ["orders"], settings));
    }

    [Fact]
    public async Task ShouldBePartOfTheStart_WhenTheAppStarts()
    {
        RunnerLogs logs = new();
        HostApplicationBuilder builder = ConfigurationTests.Compose(
            new CountJob(DeliveryGuarantee.AtLeastOnce),
            ("KafkaBrokers", "localhost:1"),
            ("AzureWebJobsStorage", "UseDevelopmentStorage=true"),
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
            ("WEBSITE_HOSTNAME", "localhost:8080")
        );
        builder.Services.AddSingleton<IObjectStore>(_store);
        builder.Services.AddSingleton<ILedgerStore>(new ObjectLedgerStore(_store));
        builder.Logging.AddProvider(logs);
        using IHost app = builder.Build();

        await app.StartAsync();
        await Task.WhenAll(app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Select(service => service.ExecuteTask!))
            .WaitAsync(Deadline);

        Assert.Contains("AzureFunctionsWebHost__hostid", logs.Text, StringComparison.Ordinal);
        await app.StopAsync();
    }

    [Fact]
    public async Task ShouldNeitherFailNorDelayTheStart_WhenStorageIsAway()
    {
        TaskCompletionSource never = new();
        CountingStore away = new(_store, static () => { }, _ => never.Task);
        HostIdentity identity = Create(away, ["orders"], new RunnerLogs(), ("WEBSITE_HOSTNAME", "a"), (HostId, "shared"));

        await identity.StartAsync(CancellationToken.None).WaitAsync(Deadline);
        never.SetException(new IOException("away"));
        await identity.ExecuteTask!.WaitAsync(Deadline);
    }

    private Task<string> StartAsync(params (string, string)[] settings) => StartAsync(_store, ["orders"], settings);

    private static async Task<string> StartAsync(IObjectStore store, string[] jobs, params (string, string)[] settings)
    {
        RunnerLogs logs = new();
        HostIdentity identity = Create(store, jobs, logs, settings);
        await identity.StartAsync(CancellationToken.None);
        await identity.ExecuteTask!.WaitAsync(Deadline);
        return logs.Text;
    }

    private static HostIdentity Create(IObjectStore store, string[] jobs, RunnerLogs logs, params (string Name, string Value)[] settings) =>
        new(
            new ConfigurationBuilder()
                .AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Name, setting.Value)))
                .Build(),
            jobs,
            store,
            new LoggerFactory([logs])
        );
}
