using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

/// <summary>What is deployed for either backend of the task hub.</summary>
public sealed partial class SchedulerTests : IDisposable
{
    private const string Scheduler = "Microsoft.DurableTask/schedulers";

    // Of the app and of the identity that deploys the package, whatever keeps the hub.
    private static readonly string[] Always =
    [
        "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3", // Storage Table Data Contributor: ledgers
        "3913510d-42f4-4e42-8a64-420c390055eb", // Monitoring Metrics Publisher
        "4633458b-17de-408a-b874-0445c86b69e6", // Key Vault Secrets User
        "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", // Storage Blob Data Owner
        "ba92f5b4-2d11-453d-a403-e96b0029c9fe", // Storage Blob Data Contributor: Flex's package
    ];

    private readonly InfraCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [BicepFact]
    public async Task ShouldHaveNoScheduler_WhenTheStorageAccountKeepsTheHub()
    {
        List<JsonElement> resources = await Snapshot.DeployAsync(_copy);

        Assert.DoesNotContain(resources, resource => Snapshot.TypeOf(resource)!.StartsWith(Scheduler, StringComparison.Ordinal));
        // Storage Queue Data Contributor: the hub's queues.
        Assert.Equal(Expected("974c5e8b-45b9-4653-ba55-5f855dd0fb88"), RolesOf(resources));
        JsonElement settings = Settings(resources);
        Assert.False(settings.TryGetProperty("TASKHUB_NAME", out _));
        Assert.True(
            settings.TryGetProperty("AzureFunctionsJobHost__extensions__durableTask__storageProvider__partitionCount", out JsonElement _)
        );
    }

    [BicepFact]
    public async Task ShouldGrantTheHubInsteadOfQueues_WhenTheSchedulerKeepsIt()
    {
        UseScheduler();

        List<JsonElement> resources = await Snapshot.DeployAsync(_copy);

        JsonElement scheduler = Assert.Single(resources, resource => Snapshot.TypeOf(resource) == Scheduler).GetProperty("properties");
        Assert.Equal("Consumption", scheduler.GetProperty("sku").GetProperty("name").GetString());
        Assert.False(scheduler.GetProperty("sku").TryGetProperty("capacity", out _));
        // With none nobody reaches it.
        Assert.NotEmpty(scheduler.GetProperty("ipAllowlist").EnumerateArray());
        JsonElement hub = Assert.Single(resources, resource => Snapshot.TypeOf(resource) == Scheduler + "/taskHubs");
        Assert.EndsWith("/millrace", hub.GetProperty("name").GetString(), StringComparison.Ordinal);
        // Durable Task Data Contributor.
        Assert.Equal(Expected("0ad04412-c4d5-4796-b79c-f76d14c8d402"), RolesOf(resources));
        JsonElement settings = Settings(resources);
        Assert.Equal("millrace", settings.GetProperty("TASKHUB_NAME").GetString());
        string connection = settings.GetProperty("DURABLE_TASK_SCHEDULER_CONNECTION_STRING").ToString();
        Assert.Contains("Authentication=ManagedIdentity", connection, StringComparison.Ordinal);
        Assert.DoesNotContain("partitionCount", settings.GetRawText(), StringComparison.Ordinal);
    }

    [BicepFact]
    public async Task ShouldHaveItsUnits_WhenTheSchedulerIsDedicated()
    {
        UseScheduler();
        await File.AppendAllTextAsync(
            _copy.PathOf("parameters/flex.bicepparam"),
            "param schedulerSku = 'Dedicated'\nparam schedulerCapacity = 3\n"
        );

        List<JsonElement> resources = await Snapshot.DeployAsync(_copy);

        JsonElement sku = Assert
            .Single(resources, resource => Snapshot.TypeOf(resource) == Scheduler)
            .GetProperty("properties")
            .GetProperty("sku");
        Assert.Equal("Dedicated", sku.GetProperty("name").GetString());
        Assert.Equal(3, sku.GetProperty("capacity").GetInt32());
    }

    private static IEnumerable<string> Expected(string ofBackend) => Always.Append(ofBackend).Order(StringComparer.Ordinal);

    private static IEnumerable<string> RolesOf(IEnumerable<JsonElement> resources) =>
        resources
            .Where(resource => Snapshot.TypeOf(resource) == "Microsoft.Authorization/roleAssignments")
            .Select(resource => Guid().Match(resource.GetProperty("properties").GetProperty("roleDefinitionId").ToString()[^40..]).Value)
            .Order(StringComparer.Ordinal);

    private static JsonElement Settings(IEnumerable<JsonElement> resources) =>
        resources
            .Single(resource =>
                Snapshot.TypeOf(resource) == "Microsoft.Web/sites/config"
                && resource.GetProperty("name").GetString()!.EndsWith("/appsettings", StringComparison.Ordinal)
            )
            .GetProperty("properties");

    private void UseScheduler()
    {
        string path = _copy.PathOf("generated/job.json");
        JsonNode job = JsonNode.Parse(File.ReadAllText(path))!;
        job["backend"] = "DurableTaskScheduler";
        File.WriteAllText(path, job.ToJsonString());
    }

    [GeneratedRegex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Guid();
}
