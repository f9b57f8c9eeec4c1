using System.Runtime.CompilerServices;

namespace Millrace.Functions.Tests.Repository;

/// <summary>Finds files of the repository, from where this source file was compiled.</summary>
internal static class Tree
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    private static string FindRoot([CallerFilePath] string here = "")
    {
        for (var directory = Path.GetDirectoryName(here); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Functions.sln"))) return directory;
        }

        throw new InvalidOperationException($"No Functions.sln above '{here}'.");
    }
}
