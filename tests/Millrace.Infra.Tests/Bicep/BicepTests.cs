using Millrace.Infra.Tests.Support;
using Xunit;

namespace Millrace.Infra.Tests.Bicep;

public sealed class BicepTests : IDisposable
{
    private readonly InfraCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [BicepFact]
    public async Task ShouldCompileWithoutAWarning_WhenTheWholeTreeIsBuilt()
    {
        ToolResult result = await BicepCompiler.BuildAsync();

        Assert.Equal(string.Empty, result.Errors);
        Assert.Equal(0, result.ExitCode);
    }

    [BicepFact]
    public async Task ShouldFitTheTemplate_WhenParametersAreCompiled()
    {
        ToolResult result = await BicepCompiler.RunAsync(_copy.Root, "build-params", "--pattern", "**/*.bicepparam");

        Assert.Equal(string.Empty, result.Errors);
        Assert.Equal(0, result.ExitCode);
        Assert.All(Files("*.bicepparam"), file => Assert.True(File.Exists(_copy.PathOf(Path.ChangeExtension(file, ".json"))), file));
    }

    [BicepFact]
    public async Task ShouldBeFormatted_WhenTheFormatterIsRun()
    {
        foreach (string? pattern in new[] { "**/*.bicep", "**/*.bicepparam" })
        {
            ToolResult result = await BicepCompiler.RunAsync(_copy.Root, "format", "--pattern", pattern);
            Assert.Equal(0, result.ExitCode);
        }

        Assert.All(
            Files("*.bicep").Concat(Files("*.bicepparam")),
            file => Assert.Equal(File.ReadAllText(Path.Combine(InfraCopy.Original, file)), File.ReadAllText(_copy.PathOf(file)))
        );
    }

    [BicepFact]
    public async Task ShouldNameTheProperty_WhenOneIsMisspelt()
    {
        // The compiler knows the types of the resources: this is what makes the first test mean something.
        string file = _copy.PathOf("modules/storage.bicep");
        string text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("allowSharedKeyAccess", "allowSharedKeyAcces", StringComparison.Ordinal));

        ToolResult result = await BicepCompiler.RunAsync(_copy.Root, "build", file, "--stdout");

        Assert.Contains("allowSharedKeyAcces", result.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files(string pattern) =>
        Directory
            .GetFiles(InfraCopy.Original, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(InfraCopy.Original, file));
}
