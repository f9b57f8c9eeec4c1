using System.Text.RegularExpressions;
using Xunit;

namespace Millrace.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 500;
    private const int MaxColumns = 140;

    [Fact]
    public void ShouldBeShorterThan500Lines_WhenFileIsSource()
    {
        string[] tooLong =
        [
            .. Sources()
                .Select(file => (File: file, Lines: RepositoryTree.Lines(file).Length))
                .Where(file => file.Lines > MaxLines)
                .Select(file => $"{file.File}: {file.Lines} lines"),
        ];
        Assert.True(tooLong.Length == 0, $"Files of more than {MaxLines} lines; split them:\n" + string.Join('\n', tooLong));
    }

    [Fact]
    public void ShouldHaveANameThatEverySystemTakes_WhenFileIsSource()
    {
        string[] wrong =
        [
            .. RepositoryTree
                .Files("src", ".cs")
                .Concat(RepositoryTree.Files("tests", ".cs"))
                .Where(file => !Path.GetFileName(file).All(letter => char.IsAsciiLetterOrDigit(letter) || ".-_{},".Contains(letter))),
        ];
        Assert.True(wrong.Length == 0, "Names that not every file system takes:\n" + string.Join('\n', wrong));
    }

    [Fact]
    public void ShouldFitIn140Columns_WhenFileIsSource()
    {
        string[] tooLong =
        [
            .. Sources()
                .SelectMany(file =>
                    OrdinaryLines(file).Where(line => line.Text.Length > MaxColumns).Select(line => $"{file}:{line.Number}")
                ),
        ];
        Assert.True(tooLong.Length == 0, $"Lines of more than {MaxColumns} columns; break them:\n" + string.Join('\n', tooLong));
    }

    [Fact]
    public void ShouldHaveOneDialect_WhenProjectIsBuilt()
    {
        string[] settings =
        [
            .. RepositoryTree.Files("", ".editorconfig").Where(file => !file.StartsWith("eng/", StringComparison.Ordinal)),
        ];
        Assert.Equal([".editorconfig"], settings);

        string[] exceptions =
        [
            .. Sources()
                .Where(file =>
                    !file.EndsWith("/SourceTests.cs", StringComparison.Ordinal)
                    && RepositoryTree.Lines(file).Any(line => Opted().IsMatch(line))
                )
                .Order(StringComparer.Ordinal),
            .. RepositoryTree
                .Files("", ".csproj", ".props")
                .Where(file =>
                    !file.StartsWith("eng/", StringComparison.Ordinal)
                    && RepositoryTree.Lines(file).Any(line => line.Contains("EnforceCodeStyleInBuild>false", StringComparison.Ordinal))
                ),
        ];
        Assert.True(
            exceptions.Length == 0,
            "Files that opt out of the rules for braces, types or awaits:\n" + string.Join('\n', exceptions)
        );
    }

    [Fact]
    public void ShouldHaveAnIdOfItsOwn_WhenALineIsLogged()
    {
        string[] shared =
        [
            .. RepositoryTree
                .Files("src", ".cs")
                .SelectMany(file => RepositoryTree.Lines(file).Select(line => (File: file, Id: LoggedId().Match(line).Groups["id"].Value)))
                .Where(line => line.Id.Length > 0)
                .GroupBy(line => line.Id, StringComparer.Ordinal)
                .Where(lines => lines.Count() > 1)
                .Select(lines => $"{lines.Key}: {string.Join(", ", lines.Select(line => line.File))}"),
        ];
        Assert.True(
            shared.Length == 0,
            "Event ids that several lines have, so that nobody can filter by them:\n" + string.Join('\n', shared)
        );
    }

    [Fact]
    public void ShouldHaveTheNamespaceOfItsFolder_WhenFileIsSource()
    {
        List<string> violations = new();
        foreach (
            string file in Sources()
                .Where(file => !file.StartsWith("tests/Shared/", StringComparison.Ordinal) && !RepositoryTree.IsTemplate(file))
        )
        {
            string[] parts = file.Split('/');
            string expected = string.Join('.', parts[1..^1]);
            string? actual = RepositoryTree
                .Lines(file)
                .Select(line => Namespace().Match(line))
                .FirstOrDefault(match => match.Success)
                ?.Groups["name"]
                .Value;
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
        string[] violations =
        [
            .. RepositoryTree
                .Files(
                    "",
                    ".cs",
                    ".md",
                    ".json",
                    ".csproj",
                    ".props",
                    ".targets",
                    ".js",
                    ".sh",
                    ".yml",
                    ".yaml",
                    ".bicep",
                    ".txt",
                    ".editorconfig"
                )
                .Where(file =>
                    !file.EndsWith("/SourceTests.cs", StringComparison.Ordinal)
                    && !file.EndsWith("package-lock.json", StringComparison.Ordinal)
                )
                .SelectMany(file => RepositoryTree.Lines(file).Select((line, i) => (Line: line, Place: $"{file}:{i + 1}")))
                .Where(text => Banned().IsMatch(text.Line))
                .Select(text => $"{text.Place}: {text.Line.Trim()}"),
        ];
        Assert.True(
            violations.Length == 0,
            "Unfinished business, paths of one machine, or words from outside the project:\n" + string.Join('\n', violations)
        );
    }

    // The text of raw strings is what it is: JSON, programs, tables.
    private static IEnumerable<(string Text, int Number)> OrdinaryLines(string file)
    {
        bool isRaw = false;
        int number = 0;
        foreach (string line in RepositoryTree.Lines(file))
        {
            number++;
            int quotes = line.Split("\"\"\"").Length - 1;
            if (!isRaw && quotes == 0)
            {
                yield return (line, number);
            }

            isRaw ^= quotes % 2 == 1;
        }
    }

    private static IEnumerable<string> Sources() => RepositoryTree.Files("src", ".cs").Concat(RepositoryTree.Files("tests", ".cs"));

    [GeneratedRegex(@"#pragma warning disable .*(IDE0008|IDE0011|IDE0090|CA2007)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Opted();

    [GeneratedRegex(@"\bEventId = (?<id>\d+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex LoggedId();

    [GeneratedRegex(@"^namespace (?<name>[\w.]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Namespace();

    [GeneratedRegex(
        @"\b(TODO|FIXME|HACK)\b|(^|[^\w.])/(work|root)/|\.\./shared\b|\bsub-?agents?\b|\b(this|my|previous) session\b"
            + @"|\bissues? #?\d|\bBRIEF\b|\b(Claude|ChatGPT|Copilot)\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Banned();
}
