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
        var result = await BicepCompiler.BuildAsync();

        Assert.Equal(string.Empty, result.Errors);
        Assert.Equal(0, result.ExitCode);
    }

    [BicepFact]
    public async Task ShouldFitTheTemplate_WhenParametersAreCompiled()
    {
        var result = await BicepCompiler.RunAsync(_copy.Root, "build-params", "--pattern", "**/*.bicepparam");

        Assert.Equal(string.Empty, result.Errors);
        Assert.Equal(0, result.ExitCode);
        Assert.All(Files("*.bicepparam"), file => Assert.True(File.Exists(_copy.PathOf(Path.ChangeExtension(file, ".json"))), file));
    }

    [BicepFact]
    public async Task ShouldBeFormatted_WhenTheFormatterIsRun()
    {
        foreach (var pattern in new[] { "**/*.bicep", "**/*.bicepparam" })
        {
            var result = await BicepCompiler.RunAsync(_copy.Root, "format", "--pattern", pattern);
            Assert.Equal(0, result.ExitCode);
        }

        Assert.All(Files("*.bicep").Concat(Files("*.bicepparam")), file =>
            Assert.Equal(File.ReadAllText(Path.Combine(InfraCopy.Original, file)), File.ReadAllText(_copy.PathOf(file))));
    }

    [BicepFact]
    public async Task ShouldNameTheProperty_WhenOneIsMisspelt()
    {
        // The compiler knows the types of the resources: this is what makes the first test mean something.
        var file = _copy.PathOf("modules/storage.bicep");
        var text = await File.ReadAllTextAsync(file);
        await File.WriteAllTextAsync(file, text.Replace("allowSharedKeyAccess", "allowSharedKeyAcces", StringComparison.Ordinal));

        var result = await BicepCompiler.RunAsync(_copy.Root, "build", file, "--stdout");

        Assert.Contains("allowSharedKeyAcces", result.Errors, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Files(string pattern) => Directory
        .GetFiles(InfraCopy.Original, pattern, SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(InfraCopy.Original, file));
}
