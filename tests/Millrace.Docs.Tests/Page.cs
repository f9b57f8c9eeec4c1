namespace Millrace.Docs.Tests;

/// <summary>A page of the documentation with the C# that it shows.</summary>
/// <param name="Name">Path from the root of the repository.</param>
/// <param name="Blocks">Its blocks of C#.</param>
internal sealed record Page(string Name, IReadOnlyList<Block> Blocks)
{
    private const string Fence = "```";

    // Each block of this page stands in Millrace.FolderLog.Tests, which is compiled; a test there says so. Here most have no end.
    private const string CompiledElsewhere = "docs/connectors.md";

    private static readonly string Root = FindRoot();

    /// <summary>The pages that show C#.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Root, "docs"), "*.md")
            .Order(StringComparer.Ordinal)
            .Select(file => "docs/" + Path.GetFileName(file))
            .Prepend("README.md")
            .Where(name => name != CompiledElsewhere)
            .Select(name => Parse(name, File.ReadAllText(Path.Combine(Root, name))))
            .Where(page => page.Blocks.Count > 0),
    ];

    public static Page Parse(string name, string text)
    {
        List<Block> blocks = [];
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() == Fence + "csharp")
            {
                int first = i + 1;
                int end = Array.FindIndex(lines, first, line => line.Trim() == Fence);
                i = end >= 0 ? end : throw new InvalidDataException($"{name}:{first}: this block of code has no end.");
                blocks.Add(new Block(first + 1, string.Join('\n', lines[first..end])));
            }
        }

        return new Page(name, blocks);
    }

    private static string FindRoot()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Functions.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException($"No Functions.sln above '{AppContext.BaseDirectory}'.");
    }
}

/// <summary>A block of C#.</summary>
/// <param name="Line">Line of the page where the code begins, from 1.</param>
/// <param name="Code">The code.</param>
internal sealed record Block(int Line, string Code);
