using System.Text.Json;
using System.Text.Json.Nodes;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

/// <summary>What would be deployed, as the compiler evaluates it (<c>bicep snapshot</c>).</summary>
public sealed class EventHubsTests : IDisposable
{
    private readonly InfraCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [BicepFact]
    public async Task ShouldBeStandard_WhenNothingIsGiven()
    {
        JsonElement space = Assert.Single(await DeployAsync(), resource => TypeOf(resource) == "Microsoft.EventHub/namespaces");

        Assert.Equal("Standard", space.GetProperty("sku").GetProperty("tier").GetString());
        Assert.True(space.GetProperty("properties").GetProperty("isAutoInflateEnabled").GetBoolean());
    }

    [BicepFact]
    public async Task ShouldRefuseTheTierWithoutTransactions_WhenASinkIsExactlyOnce()
    {
        AddProgressTopic();

        ToolResult result = await SnapshotAsync();

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("eventHubsTier=Premium", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [BicepFact]
    public async Task ShouldHaveTheCompactedProgressTopic_WhenASinkIsExactlyOnce()
    {
        AddProgressTopic();
        await File.AppendAllTextAsync(_copy.PathOf("parameters/flex.bicepparam"), "param eventHubsTier = 'Premium'\n");

        List<JsonElement> resources = await DeployAsync();

        JsonElement space = Assert.Single(resources, resource => TypeOf(resource) == "Microsoft.EventHub/namespaces");
        Assert.Equal("Premium", space.GetProperty("sku").GetProperty("tier").GetString());
        Assert.Equal("Premium", space.GetProperty("sku").GetProperty("name").GetString());
        Assert.False(space.GetProperty("properties").GetProperty("isAutoInflateEnabled").GetBoolean());
        JsonElement hub = Assert
            .Single(
                resources,
                resource => resource.GetProperty("name").GetString()!.EndsWith("/millrace-progress", StringComparison.Ordinal)
            )
            .GetProperty("properties");
        Assert.Equal(1, hub.GetProperty("partitionCount").GetInt32());
        Assert.Equal("Compact", hub.GetProperty("retentionDescription").GetProperty("cleanupPolicy").GetString());
    }

    private static string? TypeOf(JsonElement resource) => resource.GetProperty("type").GetString();

    private void AddProgressTopic()
    {
        // As ./run infra writes it for a job with an exactly-once sink.
        string path = _copy.PathOf("generated/job.json");
        JsonNode job = JsonNode.Parse(File.ReadAllText(path))!;
        job["topics"]!
            .AsArray()
            .Add(
                new JsonObject
                {
                    ["name"] = "millrace-progress",
                    ["partitions"] = 1,
                    ["cleanupPolicy"] = "Compact",
                    ["retentionHours"] = 72,
                }
            );
        File.WriteAllText(path, job.ToJsonString());
    }

    private async Task<List<JsonElement>> DeployAsync()
    {
        ToolResult result = await SnapshotAsync();
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        using JsonDocument snapshot = JsonDocument.Parse(await File.ReadAllTextAsync(_copy.PathOf("parameters/flex.snapshot.json")));
        return [.. snapshot.RootElement.Clone().GetProperty("predictedResources").EnumerateArray()];
    }

    private Task<ToolResult> SnapshotAsync() =>
        BicepCompiler.RunAsync(
            _copy.Root,
            "snapshot",
            "parameters/flex.bicepparam",
            "--mode",
            "overwrite",
            "--subscription-id",
            "00000000-0000-0000-0000-000000000000",
            "--location",
            "westeurope"
        );
}
