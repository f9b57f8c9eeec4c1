using System.Collections;
using System.Diagnostics;
using System.Globalization;
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

    /// <summary>Starts it; it goes on until it is told to end.</summary>
    public RunningCommand Start() => new(Process.Start(_start)!, ToString());

    public override string ToString() => $"'{_start.FileName} {string.Join(' ', _start.ArgumentList)}' in {_start.WorkingDirectory}";
}

/// <summary>A command that runs until it is told to end; with this object it ends in any case.</summary>
internal sealed class RunningCommand : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private readonly Process _process;
    private readonly string _name;
    private readonly StringBuilder _output = new();
    private readonly List<(string Text, TaskCompletionSource<string> Line)> _awaited = [];

    public RunningCommand(Process process, string name)
    {
        _process = process;
        _name = name;
        process.OutputDataReceived += (_, line) => Take(line.Data ?? "");
        process.ErrorDataReceived += (_, line) => Take(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>All that it has written.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Waits for a line with a text.</summary>
    /// <returns>What follows the text in that line.</returns>
    public async Task<string> WaitForAsync(string text)
    {
        TaskCompletionSource<string> found = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_output)
        {
            _awaited.Add((text, found));
            foreach (string line in _output.ToString().Split('\n'))
            {
                Tell(line);
            }
        }

        return await WithinAsync(found.Task, $"'{text}'");
    }

    /// <summary>Asks until an answer of HTTP is as it should be.</summary>
    public async Task<string> WaitForAsync(Uri address, Predicate<string> isRight)
    {
        using HttpClient http = new();
        long start = Stopwatch.GetTimestamp();
        string answer = "";
        while (Stopwatch.GetElapsedTime(start) < Deadline && !_process.HasExited)
        {
            try
            {
                answer = await http.GetStringAsync(address);
                if (isRight(answer))
                {
                    return answer;
                }
            }
            catch (HttpRequestException exception)
            {
                answer = exception.Message;
            }

            await Task.Delay(100);
        }

        Assert.Fail($"{address} of {_name} answered last '{answer}'. It wrote:\n{Output}");
        return answer;
    }

    /// <summary>SIGTERM; it must end well.</summary>
    public async Task TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])!;
        await kill.WaitForExitAsync();
        using CancellationTokenSource deadline = new(Deadline);
        await WithinAsync(Ended(deadline.Token), "its end");
        Assert.True(_process.ExitCode == 0, $"{_name} ended with {_process.ExitCode}. It wrote:\n{Output}");

        async Task<string> Ended(CancellationToken cancellationToken)
        {
            await _process.WaitForExitAsync(cancellationToken);
            return "";
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<string> WithinAsync(Task<string> task, string what)
    {
        try
        {
            return await task.WaitAsync(Deadline);
        }
        catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
        {
            Assert.Fail($"{_name}: {what} did not come within {Deadline}. It wrote:\n{Output}");
            return "";
        }
    }

    private void Take(string line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
            Tell(line);
        }
    }

    private void Tell(string line)
    {
        foreach ((string text, TaskCompletionSource<string> found) in _awaited)
        {
            if (line.IndexOf(text, StringComparison.Ordinal) is >= 0 and int at)
            {
                found.TrySetResult(line[(at + text.Length)..].Trim());
            }
        }
    }
}
