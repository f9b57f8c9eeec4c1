using System.Reflection;

namespace Millrace.Infra.Tests.Support;

/// <summary>The official compiler, where the package registry has it for this platform (docs/dependencies.md).</summary>
internal static class BicepCompiler
{
    private static readonly Dictionary<string, string> Environment = new(StringComparer.Ordinal)
    {
        ["AZURE_ENV_NAME"] = "test",
        ["AZURE_LOCATION"] = "westeurope",
        ["KAFKA_PASSWORD"] = "not-a-secret",
        // The compiler is a self-contained program and needs no cultures.
        ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
    };

    // It takes seconds of a busy machine: one compilation serves every test that only reads the result.
    private static readonly Lazy<Task<ToolResult>> Built = new(() => RunAsync(Tree.PathOf("infra"), "build", "main.bicep", "--stdout"));

    public static string? Path { get; } =
        typeof(BicepCompiler)
            .Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Where(metadata => string.Equals(metadata.Key, "BicepCompiler", StringComparison.Ordinal))
            .Select(metadata => metadata.Value)
            .FirstOrDefault(File.Exists);

    public static Task<ToolResult> BuildAsync() => Built.Value;

    public static Task<ToolResult> RunAsync(string directory, params string[] arguments) =>
        Tool.RunAsync(Path!, arguments, directory, Environment);
}
