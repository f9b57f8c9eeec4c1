using System.Text.Json;
using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

/// <summary>What the parameters for Flex would deploy, as the compiler evaluates it (<c>bicep snapshot</c>).</summary>
internal static class Snapshot
{
    public static async Task<List<JsonElement>> DeployAsync(InfraCopy copy)
    {
        ToolResult result = await RunAsync(copy);
        Assert.True(result.ExitCode == 0, result.Output + result.Errors);
        using JsonDocument snapshot = JsonDocument.Parse(await File.ReadAllTextAsync(copy.PathOf("parameters/flex.snapshot.json")));
        return [.. snapshot.RootElement.Clone().GetProperty("predictedResources").EnumerateArray()];
    }

    public static Task<ToolResult> RunAsync(InfraCopy copy) =>
        BicepCompiler.RunAsync(
            copy.Root,
            "snapshot",
            "parameters/flex.bicepparam",
            "--mode",
            "overwrite",
            "--subscription-id",
            "00000000-0000-0000-0000-000000000000",
            "--location",
            "westeurope"
        );

    public static string? TypeOf(JsonElement resource) => resource.GetProperty("type").GetString();
}
