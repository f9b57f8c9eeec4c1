using System.Text.Json.Nodes;
using k8s.Models;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Infrastructure;
using Millrace.Infra.Tests.Bicep;
using Millrace.Infra.Tests.Kubernetes;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests;

/// <summary>What <c>./run infra --backend</c> writes, and that it is remembered.</summary>
public sealed class BackendTests : IDisposable
{
    private readonly InfraCopy _copy = new();

    public BackendTests() => File.Copy(Tree.PathOf("host.json"), HostJson);

    private string HostJson => _copy.PathOf("host.json");

    public void Dispose() => _copy.Dispose();

    [Fact]
    public async Task ShouldHaveTheSettingsOfTheScheduler_WhenItKeepsTheHub()
    {
        await RunAsync("--backend", "DurableTaskScheduler");

        JsonNode durable = JsonNode.Parse(await File.ReadAllTextAsync(HostJson))!["extensions"]!["durableTask"]!;
        Assert.Equal("millrace", (string)durable["hubName"]!);
        Assert.Equal(100, (int)durable["maxEntityOperationBatchSize"]!);
        Assert.Equal(
            [("type", "azureManaged"), ("connectionStringName", "DURABLE_TASK_SCHEDULER_CONNECTION_STRING")],
            durable["storageProvider"]!.AsObject().Select(setting => (setting.Key, (string)setting.Value!))
        );
        Assert.Equal(DurableBackend.DurableTaskScheduler, TopologyFile.Read(_copy.PathOf("generated/job.json"))!.Backend);
    }

    [Fact]
    public async Task ShouldScaleByLagAndClock_WhenThereAreNoQueues()
    {
        await RunAsync("--backend", "DurableTaskScheduler");

        Manifests scaled = Manifests.Of(await File.ReadAllTextAsync(_copy.PathOf("keda/base/scaledobject.generated.yaml")));
        Assert.Equal(["kafka", "cron"], scaled.Single<ScaledObject>().Spec.Triggers.Select(trigger => trigger.Type));
        Manifests settings = Manifests.Of(await File.ReadAllTextAsync(_copy.PathOf("keda/base/job.generated.yaml")));
        IDictionary<string, string> data = settings.Single<V1ConfigMap>().Data;
        Assert.Equal("millrace", data["TASKHUB_NAME"]);
        Assert.Equal("set-by-overlay", data["DURABLE_TASK_SCHEDULER_CONNECTION_STRING"]);
    }

    [Fact]
    public async Task ShouldRememberTheBackend_WhenFilesAreChecked()
    {
        string before = await File.ReadAllTextAsync(HostJson);
        string said = await RunAsync("--backend", "DurableTaskScheduler");
        Assert.Contains("moves from AzureStorage to DurableTaskScheduler", said, StringComparison.Ordinal);
        Assert.Equal(CliApplication.Success, (await InfraCommandLine.CheckAsync(_copy.Root, HostJson)).ExitCode);

        await File.WriteAllTextAsync(HostJson, before);
        (int exitCode, string? output, _) = await InfraCommandLine.CheckAsync(_copy.Root, HostJson);
        Assert.Equal(CliApplication.Failure, exitCode);
        Assert.Contains("+        \"type\": \"azureManaged\"", output, StringComparison.Ordinal);

        await RunAsync();
        Assert.Equal(CliApplication.Success, (await InfraCommandLine.CheckAsync(_copy.Root, HostJson)).ExitCode);
        await RunAsync("--backend", "AzureStorage");
        Assert.Equal(before, await File.ReadAllTextAsync(HostJson));
        Assert.Equal(Tree.Read("infra/generated/job.json"), await File.ReadAllTextAsync(_copy.PathOf("generated/job.json")));
    }

    [Fact]
    public async Task ShouldSayWhatEitherBackendCosts_WhenItHasWritten()
    {
        string said = await RunAsync("--job", "log-analysis");

        Assert.Contains("log-analysis, AzureStorage: ledgers 113 transactions, entities", said, StringComparison.Ordinal);
        Assert.Contains("log-analysis, DurableTaskScheduler: ledgers 113 transactions", said, StringComparison.Ordinal);
        Assert.Contains(Prices.Source, said, StringComparison.Ordinal);
    }

    private async Task<string> RunAsync(params string[] options)
    {
        (int exitCode, string? output, string? error) = await InfraCommandLine.RunAsync(_copy.Root, HostJson, options);
        Assert.True(exitCode == CliApplication.Success, output + error);
        return error;
    }
}
