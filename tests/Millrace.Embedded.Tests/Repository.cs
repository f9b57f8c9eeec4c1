namespace Millrace.Embedded.Tests;

/// <summary>Where the repository is, and what lies beside it.</summary>
internal static class Repository
{
    public static string Root { get; } =
        FindUp(directory => File.Exists(Path.Combine(directory, "Functions.sln")))
        ?? throw new InvalidOperationException($"No Functions.sln above '{AppContext.BaseDirectory}'.");

    /// <summary>The real access log that the tests compare with, if it is there.</summary>
    public static string? AccessLog { get; } =
        Environment.GetEnvironmentVariable("MILLRACE_ACCESS_LOG") is { Length: > 0 } given ? given
        : FindUp(directory => File.Exists(LogIn(directory))) is { } found ? LogIn(found)
        : null;

    private static string LogIn(string directory) => Path.Combine(directory, "shared", "data", "apache_logs");

    private static string? FindUp(Func<string, bool> isIt)
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !isIt(directory))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory;
    }
}
