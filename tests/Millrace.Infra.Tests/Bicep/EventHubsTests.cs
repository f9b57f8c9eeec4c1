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
        JsonElement space = Assert.Single(
            await Snapshot.DeployAsync(_copy),
            resource => Snapshot.TypeOf(resource) == "Microsoft.EventHub/namespaces"
        );

        Assert.Equal("Standard", space.GetProperty("sku").GetProperty("tier").GetString());
        Assert.True(space.GetProperty("properties").GetProperty("isAutoInflateEnabled").GetBoolean());
    }

    [BicepFact]
    public async Task ShouldRefuseTheTierWithoutTransactions_WhenASinkIsExactlyOnce()
    {
        AddProgressTopic();

        ToolResult result = await Snapshot.RunAsync(_copy);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("eventHubsTier=Premium", result.Output + result.Errors, StringComparison.Ordinal);
    }

    [BicepFact]
    public async Task ShouldHaveTheCompactedProgressTopic_WhenASinkIsExactlyOnce()
    {
        AddProgressTopic();
        await File.AppendAllTextAsync(_copy.PathOf("parameters/flex.bicepparam"), "param eventHubsTier = 'Premium'\n");

        List<JsonElement> resources = await Snapshot.DeployAsync(_copy);

        JsonElement space = Assert.Single(resources, resource => Snapshot.TypeOf(resource) == "Microsoft.EventHub/namespaces");
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
}
