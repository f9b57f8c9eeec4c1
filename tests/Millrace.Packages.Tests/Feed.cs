using System.Reflection;
using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>All packages of this build in a folder, under a version that no cache can know. Packed once for all tests.</summary>
public sealed class Feed : IAsyncLifetime
{
    /// <summary>The address that the packages are told.</summary>
    public const string RepositoryAddress = "https://millrace.example/millrace";

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("millrace-packages-");

    /// <summary>The root of the repository.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>Debug or Release, as these tests were built.</summary>
    public static string Configuration { get; } =
        AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar).Split(Path.DirectorySeparatorChar)[^2];

    /// <summary>The version of all packages.</summary>
    public string Version { get; } = $"0.1.0-test.{Guid.NewGuid():N}";

    /// <summary>Where the packages are.</summary>
    public string Folder => Path.Combine(_root.FullName, "feed");

    /// <summary>The names of the files that <c>./pack</c> said it wrote.</summary>
    public IReadOnlyList<string> Files { get; private set; } = [];

    /// <summary>A package that was packed.</summary>
    /// <param name="id">Its id.</param>
    internal Package Read(string id)
    {
        string file = Path.Combine(Folder, $"{id}.{Version}.nupkg");
        Assert.True(File.Exists(file), $"No package '{file}'. ./pack wrote:\n{string.Join('\n', Files)}");
        return new Package(file);
    }

    /// <summary>An empty folder outside the repository, where NuGet finds this feed beside the sources of the machine.</summary>
    /// <param name="name">Its name.</param>
    internal string MakeFolder(string name)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_root.FullName, name)).FullName;
        File.WriteAllText(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{Folder}" />
              </packageSources>
            </configuration>
            """
        );
        return folder;
    }

    /// <summary>A command in such a folder; the packages that it restores stay beside it.</summary>
    internal Command InFolder(string folder, string program, params string[] arguments) =>
        new Command(folder, program, arguments).With("NUGET_PACKAGES", Path.Combine(_root.FullName, "packages"));

    /// <summary>The command <c>millrace</c>, installed once.</summary>
    internal async Task<string> ToolAsync()
    {
        string folder = Path.Combine(_root.FullName, "tool");
        string millrace = Path.Combine(folder, "bin", "millrace");
        if (!File.Exists(millrace))
        {
            await InFolder(
                    MakeFolder("tool"),
                    "dotnet",
                    "tool",
                    "install",
                    "Millrace.Tool",
                    "--tool-path",
                    "bin",
                    "--add-source",
                    Folder,
                    "--version",
                    Version
                )
                .RunAsync();
        }

        return millrace;
    }

    async Task IAsyncLifetime.InitializeAsync()
    {
        // Packages of others that this machine has already. As links, not as a fallback folder: the SDK of Azure Functions looks for one of
        // its own in the first folder only.
        string packages = Directory.CreateDirectory(Path.Combine(_root.FullName, "packages")).FullName;
        foreach (string package in Directory.GetDirectories(PackagesOfMachine()))
        {
            if (!Path.GetFileName(package).StartsWith("millrace", StringComparison.OrdinalIgnoreCase))
            {
                Directory.CreateSymbolicLink(Path.Combine(packages, Path.GetFileName(package)), package);
            }
        }

        string output = await new Command(
            Repository,
            "bash",
            "./pack",
            Folder,
            "-p:NoBuild=true",
            "-p:PackStandins=true",
            $"-p:Configuration={Configuration}",
            $"-p:PackageVersion={Version}",
            $"-p:RepositoryUrl={RepositoryAddress}"
        ).RunAsync();
        Files = [.. output.Split('\n').Select(line => line.Trim()).Where(line => line.EndsWith("nupkg", StringComparison.Ordinal))];
    }

    Task IAsyncLifetime.DisposeAsync()
    {
        _root.Delete(recursive: true);
        return Task.CompletedTask;
    }

    private static string PackagesOfMachine() =>
        typeof(Feed).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == "PackageFolder").Value!;

    private static string FindRepository()
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
