using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;

namespace Millrace.Functions.Configuration;

/// <summary>Checks what host.json must say: with the host's defaults the trigger loses records whenever a function throws.</summary>
internal static class HostJson
{
    private static readonly (string Path, string Expected, string Why)[] Rules =
    [
        ("extensions:kafka:commitOnFailure", "false", "otherwise the offsets of a failed batch are stored and its records are lost"),
        ("extensions:kafka:maxRetries", "-1", "otherwise a batch that fails for long is skipped"),
        ("extensions:http:routePrefix", "", "otherwise the probes of /health/live and /health/ready find nothing"),
    ];

    public static void Check(IConfiguration configuration, string contentRoot, List<string> errors)
    {
        string path = Path.Combine(contentRoot, "host.json");
        if (!File.Exists(path))
        {
            path = Path.Combine(AppContext.BaseDirectory, "host.json");
        }

        if (!File.Exists(path))
        {
            errors.Add($"There is no host.json in {contentRoot} or {AppContext.BaseDirectory}; copy the repository's to the app's output.");
            return;
        }

        JsonNode? root;
        try
        {
            root = JsonNode.Parse(
                File.ReadAllText(path),
                documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }
            );
        }
        catch (JsonException exception)
        {
            errors.Add($"host.json cannot be read: {exception.Message}");
            return;
        }

        foreach ((string rule, string expected, string why) in Rules)
        {
            // App settings go before the file, as in the host.
            string? actual = configuration["AzureFunctionsJobHost:" + rule] ?? Find(root, rule)?.ToString();
            if (!string.Equals(actual, expected, StringComparison.OrdinalIgnoreCase))
            {
                errors.Add(
                    $"host.json: {rule.Replace(':', '.')} is {(actual is null ? "missing" : $"'{actual}'")}, expected '{expected}': {why}."
                );
            }
        }

        if (root?["extensionBundle"] is not null)
        {
            errors.Add("host.json: extensionBundle must not be there: an isolated worker brings its extensions itself; remove it.");
        }
    }

    private static JsonNode? Find(JsonNode? node, string path)
    {
        foreach (string part in path.Split(':'))
        {
            node = (node as JsonObject)?[part];
        }

        return node;
    }
}
