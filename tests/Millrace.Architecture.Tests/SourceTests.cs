using System.Text.RegularExpressions;
using Xunit;

namespace Millrace.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 500;

    [Fact]
    public void ShouldBeShorterThan500Lines_WhenFileIsSource()
    {
        string[] tooLong = [.. Sources().Select(file => (File: file, Lines: RepositoryTree.Lines(file).Length)).Where(file => file.Lines > MaxLines).Select(file => $"{file.File}: {file.Lines} lines")];
        Assert.True(tooLong.Length == 0, $"Files of more than {MaxLines} lines; split them:\n" + string.Join('\n', tooLong));
    }

    [Fact]
    public void ShouldHaveTheNamespaceOfItsFolder_WhenFileIsSource()
    {
        var violations = new List<string>();
        foreach (string file in Sources().Where(file => !file.StartsWith("tests/Shared/", StringComparison.Ordinal)))
        {
            string[] parts = file.Split('/');
            string expected = string.Join('.', parts[1..^1]);
            string? actual = RepositoryTree.Lines(file).Select(line => Namespace().Match(line)).FirstOrDefault(match => match.Success)?.Groups["name"].Value;
            if (actual is not null && actual != expected)
            {
                violations.Add($"{file}: namespace {actual} instead of {expected}");
            }
        }

        Assert.True(violations.Count == 0, "Namespaces that are not those of the folder:\n" + string.Join('\n', violations));
    }

    [Fact]
    public void ShouldSpeakOfTheProjectAlone_WhenFileIsText()
    {
        string[] violations = [.. RepositoryTree.Files("", ".cs", ".md", ".json", ".csproj", ".props", ".targets", ".js", ".sh", ".yml", ".yaml", ".bicep", ".txt", ".editorconfig")
            .Where(file => !file.EndsWith("/SourceTests.cs", StringComparison.Ordinal) && !file.EndsWith("package-lock.json", StringComparison.Ordinal))
            .SelectMany(file => RepositoryTree.Lines(file).Select((line, i) => (Line: line, Place: $"{file}:{i + 1}")))
            .Where(text => Banned().IsMatch(text.Line))
            .Select(text => $"{text.Place}: {text.Line.Trim()}")];
        Assert.True(violations.Length == 0, "Unfinished business, paths of one machine, or words from outside the project:\n" + string.Join('\n', violations));
    }

    private static IEnumerable<string> Sources() => RepositoryTree.Files("src", ".cs").Concat(RepositoryTree.Files("tests", ".cs"));

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"\b(TODO|FIXME|HACK)\b|(^|[^\w.])/(work|root)/|\.\./shared\b|\bsub-?agents?\b|\b(this|my|previous) session\b|\bissues? #?\d|\bBRIEF\b|\b(Claude|ChatGPT|Copilot)\b",
        RegexOptions.ExplicitCapture,
        1000)]
    private static partial Regex Banned();
}
