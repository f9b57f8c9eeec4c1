using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Our broker as a process of its own, which can be killed and started again on the same directory and port.</summary>
internal sealed class BrokerProcess : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-broker-").FullName;
    private readonly int _port = FreePort();
    private readonly StringBuilder _errors = new();
    private Process? _process;

    public string BootstrapServers => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_port}");

    /// <summary>What the broker wrote to its error output, over all starts.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    public static async Task<BrokerProcess> StartNewAsync()
    {
        BrokerProcess broker = new();
        await broker.StartAsync();
        return broker;
    }

    public async Task StartAsync()
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Millrace.DevBroker.dll");
        string[] arguments = [program, "--port", _port.ToString(CultureInfo.InvariantCulture), "--directory", _directory, "--fsync"];
        _process = Process.Start(
            new ProcessStartInfo("dotnet", arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        _process.BeginErrorReadLine();
        string ready =
            await _process.StandardOutput.ReadLineAsync().WaitAsync(Librdkafka.Patience)
            ?? throw new InvalidOperationException($"The broker ended before it was ready: {Errors}");
        Assert.Equal(BootstrapServers, JsonDocument.Parse(ready).RootElement.GetProperty("bootstrapServers").GetString());
    }

    /// <summary>SIGKILL: the process does nothing any more, not even close its files.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    public async Task RestartAfterKillAsync()
    {
        await KillAsync();
        await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await KillAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
