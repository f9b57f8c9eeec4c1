using Millrace.Embedded.Cli;

namespace Millrace.Infra.Tests.Support;

/// <summary>Runs the command that generates what is deployed.</summary>
internal static class InfraCommandLine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>Compares files with what the sample jobs say.</summary>
    /// <param name="infra">The folder of the infrastructure.</param>
    /// <param name="hostJson">The app's host.json.</param>
    public static Task<(int ExitCode, string Output, string Error)> CheckAsync(string infra, string hostJson) =>
        RunAsync(infra, hostJson, "--check");

    /// <summary>Writes files for the sample jobs.</summary>
    /// <param name="infra">The folder of the infrastructure.</param>
    /// <param name="hostJson">The app's host.json.</param>
    /// <param name="options">What is decided.</param>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(string infra, string hostJson, params string[] options)
    {
        await using StringWriter output = new();
        await using StringWriter error = new();
        using CancellationTokenSource limit = new(Limit);
        int exitCode = await CliApplication.RunAsync(
            ["infra", "samples", .. options, "--output", infra, "--host-json", hostJson],
            new CliConsole(output, error, IsTerminal: false),
            limit.Token
        );
        return (exitCode, output.ToString(), error.ToString());
    }
}
