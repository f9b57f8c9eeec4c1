using System.Diagnostics;
using System.Text;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Runs other programs to their end.</summary>
internal static class CommandLine
{
    public static bool Exists(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(directory => File.Exists(Path.Combine(directory, program)) || File.Exists(Path.Combine(directory, program + ".exe")));

    /// <summary>Runs a program and returns what it printed; throws with all of its output when it fails or takes too long.</summary>
    public static async Task<string> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? input = null,
        string? directory = null,
        int timeoutSeconds = 60
    )
    {
        ProcessStartInfo start = new(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"'{program}' did not start.");
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(timeoutSeconds));
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
        try
        {
            await process.StandardInput.WriteAsync((input ?? "").AsMemory(), deadline.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException canceled)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{Describe()} did not end within {timeoutSeconds} s.", canceled);
        }

        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Describe()} ended with {process.ExitCode}.\n{await output}\n{await errors}");
        }

        return await output;

        string Describe() => new StringBuilder(program).Append(' ').AppendJoin(' ', start.ArgumentList).ToString();
    }
}
