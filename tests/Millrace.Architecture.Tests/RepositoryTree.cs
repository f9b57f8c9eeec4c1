namespace Millrace.Architecture.Tests;

/// <summary>The files of the repository that people write.</summary>
internal static class RepositoryTree
{
    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        ".git",
        ".vs",
        ".vscode",
        ".tools",
        "bin",
        "obj",
        "node_modules",
        "artifacts",
        "TestResults",
        "BenchmarkDotNet.Artifacts",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IEnumerable<string> Files(string folder, params string[] extensions)
    {
        string start = Path.Combine(Root, folder);
        Stack<string> pending = new(Directory.Exists(start) ? [start] : []);
        while (pending.TryPop(out string? directory))
        {
            foreach (string child in Directory.EnumerateDirectories(directory).Where(child => !Skipped.Contains(Path.GetFileName(child))))
            {
                pending.Push(child);
            }

            foreach (
                string file in Directory
                    .EnumerateFiles(directory)
                    .Where(file => extensions.Contains(Path.GetExtension(file), StringComparer.Ordinal))
            )
            {
                yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
            }
        }
    }

    /// <summary>Whether a file is what <c>dotnet new</c> makes projects of: it is no part of this repository's.</summary>
    public static bool IsTemplate(string relative) =>
        relative.StartsWith("src/Millrace.Templates/", StringComparison.Ordinal) && relative.Count(each => each == '/') > 2;

    public static string[] Lines(string relative) => File.ReadAllLines(Path.Combine(Root, relative));

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
