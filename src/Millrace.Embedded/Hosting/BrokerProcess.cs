using System.Diagnostics;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Hosting;

/// <summary>
/// The development broker as a process of its own, on a free loopback port. It ends with this process, however that ends: its standard
/// input is a pipe whose other end the system closes.
/// <code>Start -> Running -> DisposeAsync</code>
/// </summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    /// <summary>How the broker's line with its address begins.</summary>
    public const string ReadyPrefix = "Listening on ";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);
    private readonly Process _process;
    private readonly Task _errors;

    private BrokerProcess(Process process, string bootstrapServers, Task errors)
    {
        _process = process;
        BootstrapServers = bootstrapServers;
        _errors = errors;
    }

    public string BootstrapServers { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts a broker and waits until it listens.</summary>
    /// <param name="directory">Where it keeps its data; <see langword="null"/> = in memory.</param>
    /// <param name="port">Its port; 0 = any free one.</param>
    /// <param name="cancellationToken">Ends the wait, and the broker.</param>
    public static async Task<BrokerProcess> StartAsync(string? directory, int port = 0, CancellationToken cancellationToken = default)
    {
        ProcessStartInfo start = new(Environment.ProcessPath ?? "dotnet")
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Under "dotnet Millrace.Embedded.dll" or a test runner the process is dotnet; under the app host it is the app itself.
        string assembly = typeof(BrokerProcess).Assembly.Location;
        if (
            !string.Equals(
                Path.GetFileNameWithoutExtension(start.FileName),
                Path.GetFileNameWithoutExtension(assembly),
                StringComparison.Ordinal
            )
        )
        {
            start.FileName = Path.GetFileNameWithoutExtension(start.FileName) == "dotnet" ? start.FileName : "dotnet";
            start.ArgumentList.Add(assembly);
        }

        foreach (
            string argument in (string[])
                ["broker", "--port", port.ToString(System.Globalization.CultureInfo.InvariantCulture), "--until-input-closes"]
        )
        {
            start.ArgumentList.Add(argument);
        }

        if (directory is not null)
        {
            start.ArgumentList.Add("--directory");
            start.ArgumentList.Add(directory);
        }

        Process process = Process.Start(start) ?? throw new CliException("The development broker could not be started as a process.");
        List<string> errors = [];
        Task reading = ReadErrorsAsync(process, errors);
        using CancellationTokenSource timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StartTimeout);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(timeout.Token) is { } line)
            {
                if (!line.StartsWith(ReadyPrefix, StringComparison.Ordinal))
                {
                    continue;
                }

                BrokerProcess broker = new(process, line[ReadyPrefix.Length..], reading);
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return broker;
            }

            await reading;
            throw new CliException($"The development broker ended before it listened: {string.Join(" ", errors)}");
        }
        catch (Exception failure)
        {
            process.Kill();
            process.Dispose();
            if (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new CliException(
                    $"The development broker did not listen within {StartTimeout.TotalSeconds:0} s; is the machine overloaded?",
                    failure
                );
            }

            throw;
        }
    }

    /// <summary>Ends the broker at once, as a crash would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.StandardInput.Close();
            using CancellationTokenSource timeout = new(StopTimeout);
            await _process.WaitForExitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!_process.HasExited)
            {
                await KillAsync();
            }
        }

        await _errors;
        _process.Dispose();
    }

    private static async Task ReadErrorsAsync(Process process, List<string> errors)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            errors.Add(line);
        }
    }
}
