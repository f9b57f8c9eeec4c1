using System.Text.Json;
using Millrace.Infra.Tests.Support;

namespace Millrace.Infra.Tests.Bicep;

/// <summary>The compiled template: every resource of every module, by type.</summary>
internal sealed class Template
{
    private readonly List<JsonElement> _resources = [];

    private Template(JsonElement root) => Collect(root);

    public static async Task<Template> CompileAsync()
    {
        ToolResult result = await BicepCompiler.BuildAsync();
        using JsonDocument document = JsonDocument.Parse(result.Output);
        return new(document.RootElement.Clone());
    }

    public IEnumerable<JsonElement> OfType(string type) =>
        _resources.Where(resource => string.Equals(resource.GetProperty("type").GetString(), type, StringComparison.Ordinal));

    /// <summary>The resources of one module of main.bicep.</summary>
    public Template Module(string name) =>
        new(
            OfType("Microsoft.Resources/deployments")
                .Single(deployment => string.Equals(deployment.GetProperty("name").GetString(), name, StringComparison.Ordinal))
                .GetProperty("properties")
                .GetProperty("template")
        );

    private void Collect(JsonElement template)
    {
        if (!template.TryGetProperty("resources", out JsonElement resources))
        {
            return;
        }

        IEnumerable<JsonElement> all =
            resources.ValueKind == JsonValueKind.Object
                ? resources.EnumerateObject().Select(property => property.Value)
                : resources.EnumerateArray();
        foreach (JsonElement resource in all)
        {
            _resources.Add(resource);
            if (
                resource.TryGetProperty("properties", out JsonElement properties)
                && properties.ValueKind == JsonValueKind.Object
                && properties.TryGetProperty("template", out JsonElement nested)
            )
            {
                Collect(nested);
            }
        }
    }
}
