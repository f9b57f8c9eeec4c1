using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Millrace.Functions.Tests.RealHost;

/// <summary>
/// A process of the test host (<c>tests/Millrace.Functions.TestHost</c>) and the app's real worker process below it. Both end with this
/// object, or with the test process: the host watches its input.
/// </summary>
internal sealed class HostProcess : IAsyncDisposable
{
    private const string Ready = "ready ";
    private const string Worker = "worker ";
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan EndDeadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);
    private readonly Process _process;
    private readonly StringBuilder _log = new();
    private readonly List<int> _workers = [];
    private readonly TaskCompletionSource<string> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromMinutes(5) };

    private HostProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The test host has ended."));
        process.EnableRaisingEvents = true;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>Process ids of the workers that were started, the living one last.</summary>
    public IReadOnlyList<int> Workers
    {
        get
        {
            lock (_log)
            {
                return [.. _workers];
            }
        }
    }

    /// <param name="setup">The app.</param>
    /// <param name="groups">What this process listens for; none = everything.</param>
    public static async Task<HostProcess> StartAsync(HostSetup setup, params string[] groups)
    {
        ProcessStartInfo info = new("dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in setup.Arguments(groups))
        {
            info.ArgumentList.Add(argument);
        }

        HostProcess host = new(Process.Start(info)!);
        try
        {
            string address = await host._ready.Task.WaitAsync(StartDeadline);
            if (address.Length > 0)
            {
                host._http.BaseAddress = new Uri(address);
            }

            return host;
        }
        catch (Exception exception) when (exception is TimeoutException or InvalidOperationException)
        {
            string log = host.Log;
            await host.DisposeAsync();
            throw new InvalidOperationException($"The test host did not start.\n{log}", exception);
        }
    }

    /// <summary>As <c>kill -9</c> of the worker that lives.</summary>
    public void KillWorker() => Kill(Workers[^1]);

    /// <summary>As <c>kill -9</c> of the host; its worker is left alone.</summary>
    public void KillHost() => _process.Kill();

    /// <summary>Whether it serves the app's HTTP functions.</summary>
    public bool HasHttp => _http.BaseAddress is not null;

    /// <summary>As <c>kill -STOP</c> of the host and its worker: they stand still.</summary>
    public void Pause() => Signal("-STOP");

    /// <summary>As <c>kill -CONT</c>: they go on where they were.</summary>
    public void Continue() => Signal("-CONT");

    /// <summary>As a platform that scales in: SIGTERM, and what runs may end.</summary>
    public async Task DrainAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)])!;
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(EndDeadline);
    }

    /// <summary>Waits until so many records of the job's sources are committed, through whatever dies meanwhile.</summary>
    public Task WaitForRecordsAsync(string job, long records) =>
        EndToEnd.Waiting.UntilAsync(async () => await RecordsAsync(job) >= records, Deadline, () => Log);

    /// <summary>Stops the job with a savepoint, after all its time.</summary>
    public async Task DrainJobAsync(string job)
    {
        using HttpResponseMessage response = await _http.PostAsync(
            new Uri($"jobs/{job}/savepoint?name=end&drain=true&timeout=240", UriKind.Relative),
            content: null
        );
        Assert.True(response.IsSuccessStatusCode, $"Savepoint of {job}: {await response.Content.ReadAsStringAsync()}\n{Log}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            await _process.WaitForExitAsync().WaitAsync(EndDeadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        foreach (int worker in Workers)
        {
            Kill(worker);
        }

        _process.Dispose();
    }

    private void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [signal, .. Ids()])!;
        kill.WaitForExit();

        IEnumerable<string> Ids() => ((int[])[_process.Id, Workers[^1]]).Select(id => id.ToString(CultureInfo.InvariantCulture));
    }

    // None while no worker answers.
    private async Task<long> RecordsAsync(string job)
    {
        using HttpResponseMessage response = await _http.GetAsync(new Uri($"jobs/{job}", UriKind.Relative));
        if (!response.IsSuccessStatusCode)
        {
            return -1;
        }

        using JsonDocument status = JsonDocument.Parse(await response.Content.ReadAsStreamAsync());
        return status
            .RootElement.GetProperty("partitions")
            .EnumerateArray()
            .Sum(partition => Math.Max(0, partition.GetProperty("next").GetInt64()));
    }

    private static void Kill(int id)
    {
        try
        {
            using Process process = Process.GetProcessById(id);

            // Ids are used again: only what this host started is ours.
            if (process.ProcessName.Contains("dotnet", StringComparison.Ordinal))
            {
                process.Kill(entireProcessTree: true);
            }
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException)
        {
            // It has ended.
        }
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        if (line.StartsWith(Ready, StringComparison.Ordinal))
        {
            _ready.TrySetResult(line[Ready.Length..]);
        }
        else if (line.StartsWith(Worker, StringComparison.Ordinal))
        {
            lock (_log)
            {
                _workers.Add(int.Parse(line[Worker.Length..], CultureInfo.InvariantCulture));
            }
        }

        Note(line);
    }

    private void Note(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss.fff} {line}");
        }
    }
}
