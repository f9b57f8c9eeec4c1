using Xunit;

namespace Millrace.FolderLog.Tests;

/// <summary>docs/connectors.md shows this project.</summary>
public sealed class DocsTests
{
    [Fact]
    public void ShouldStandInThisProject_EachBlockOfThePage()
    {
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Functions.sln")))
        {
            root = root.Parent;
        }

        string page = File.ReadAllText(Path.Combine(root!.FullName, "docs", "connectors.md"));
        string[] files =
        [
            .. Directory.EnumerateFiles(Path.Combine(root.FullName, "tests", "Millrace.FolderLog.Tests"), "*.cs*").Select(File.ReadAllText),
        ];
        string[] blocks = [.. BlocksOf(page)];

        Assert.True(blocks.Length >= 5, $"{blocks.Length} blocks");
        Assert.All(blocks, block => Assert.Contains(files, file => file.Contains(Indented(block, file), StringComparison.Ordinal)));
    }

    // A block may stand further in than on the page.
    private static string Indented(string block, string file)
    {
        string first = block[..block.IndexOf('\n', StringComparison.Ordinal)];
        int at = file.IndexOf(first, StringComparison.Ordinal);
        int indent = at < 0 ? 0 : at - (file.LastIndexOf('\n', at) + 1);
        return string.Join('\n', block.TrimEnd().Split('\n').Select(line => line.Length == 0 ? line : new string(' ', indent) + line));
    }

    private static IEnumerable<string> BlocksOf(string page)
    {
        string[] parts = page.Split("```");
        for (int i = 1; i < parts.Length; i += 2)
        {
            // The first line is the language.
            string[] lines = parts[i].Split('\n');
            if (lines[0] is "csharp" or "xml")
            {
                yield return string.Join('\n', lines[1..]);
            }
        }
    }
}
