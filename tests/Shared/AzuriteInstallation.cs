using System.Diagnostics;
using System.Security.Cryptography;

namespace Millrace.Tests.Shared;

/// <summary>
/// Installs Azurite once, into <c>.tools</c> of the repository (or <c>MILLRACE_TOOLS</c>), in a folder named after the lock file's content.
/// </summary>
internal static class AzuriteInstallation
{
    private static readonly TimeSpan InstallTimeout = TimeSpan.FromMinutes(5);

    /// <summary>The folder that pins the version.</summary>
    public static string SourceFolder { get; } = Path.Combine(Repository(), "eng", "tools", "azurite");

    public static async Task<string> EnsureAsync()
    {
        string tools = Environment.GetEnvironmentVariable("MILLRACE_TOOLS") is { Length: > 0 } configured
            ? configured
            : Path.Combine(Repository(), ".tools");
        byte[] pin = await File.ReadAllBytesAsync(Path.Combine(SourceFolder, "package-lock.json"));
        string target = Path.Combine(tools, $"azurite-{Convert.ToHexStringLower(SHA256.HashData(pin))[..8]}");
        if (Directory.Exists(target))
        {
            return target;
        }

        string temporary = Path.Combine(tools, $"azurite-{Guid.NewGuid():n}");
        Directory.CreateDirectory(temporary);
        try
        {
            foreach (string file in (string[])["package.json", "package-lock.json"])
            {
                File.Copy(Path.Combine(SourceFolder, file), Path.Combine(temporary, file));
            }

            await RunNpmAsync(temporary);
            Directory.Move(temporary, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another test process was faster.
        }
        finally
        {
            if (Directory.Exists(temporary))
            {
                Directory.Delete(temporary, recursive: true);
            }
        }

        return target;
    }

    /// <summary>The path of a program on the PATH, or <see langword="null"/>.</summary>
    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator)
            .SelectMany(folder =>
                OperatingSystem.IsWindows()
                    ? [Path.Combine(folder, program + ".exe"), Path.Combine(folder, program + ".cmd")]
                    : (string[])[Path.Combine(folder, program)]
            )
            .FirstOrDefault(File.Exists);

    private static async Task RunNpmAsync(string folder)
    {
        using Process npm = Process.Start(
            new ProcessStartInfo(Find("npm")!, ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
            {
                UseShellExecute = false,
                WorkingDirectory = folder,
                RedirectStandardError = true,
                RedirectStandardOutput = true,
            }
        )!;
        Task<string> output = npm.StandardOutput.ReadToEndAsync();
        string error = await npm.StandardError.ReadToEndAsync().WaitAsync(InstallTimeout);
        await npm.WaitForExitAsync().WaitAsync(InstallTimeout);
        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException(
                $"'npm ci' of Azurite in {folder} ended with {npm.ExitCode}: {error}{await output}. Check that the npm registry can be "
                    + "reached, or run 'npm ci' there by hand."
            );
        }
    }

    private static string Repository()
    {
        for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Functions.sln")))
            {
                return directory;
            }
        }

        throw new InvalidOperationException(
            $"No Functions.sln above '{AppContext.BaseDirectory}', so eng/tools/azurite cannot be found; run the tests in the repository."
        );
    }
}
