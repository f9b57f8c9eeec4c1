using System.Collections;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Millrace.Packages.Tests;

/// <summary>A command in a folder, as somebody types it.</summary>
internal sealed class Command
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(5);
    private static readonly string DotnetFolder = Path.GetFullPath(
        Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..")
    );
    private readonly ProcessStartInfo _start;

    public Command(string folder, string program, params string[] arguments)
    {
        _start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What the build says to the processes that it starts is not for these.
        foreach (string name in Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(variable => (string)variable.Key))
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase))
            {
                _start.Environment.Remove(name);
            }
        }

        // Servers of a build would keep the output open after its end.
        _start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        _start.Environment["UseSharedCompilation"] = "false";
        _start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        _start.Environment["DOTNET_NOLOGO"] = "1";
        _start.Environment["DOTNET_ROOT"] = DotnetFolder;
        _start.Environment["PATH"] = DotnetFolder + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH");
    }

    /// <summary>Fails, with all that a command wrote, when a text is not part of it.</summary>
    public static void AssertSays(string text, string output) =>
        Assert.True(output.Contains(text, StringComparison.Ordinal), $"'{text}' is not in:\n{output}");

    /// <summary>Adds an environment variable.</summary>
    public Command With(string variable, string value)
    {
        _start.Environment[variable] = value;
        return this;
    }

    /// <summary>Runs it; fails with all that it said when its exit code is another.</summary>
    /// <returns>What it wrote, errors included.</returns>
    public async Task<string> RunAsync(int exitCode = 0)
    {
        StringBuilder output = new();
        using Process process = Process.Start(_start)!;
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        using CancellationTokenSource deadline = new(Deadline);
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{this} did not end within {Deadline}. It wrote:\n{Text()}");
        }

        Assert.True(process.ExitCode == exitCode, $"{this} ended with {process.ExitCode} instead of {exitCode}. It wrote:\n{Text()}");
        return Text();

        void Add(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }

        string Text()
        {
            lock (output)
            {
                return output.ToString();
            }
        }
    }

    public override string ToString() => $"'{_start.FileName} {string.Join(' ', _start.ArgumentList)}' in {_start.WorkingDirectory}";
}
