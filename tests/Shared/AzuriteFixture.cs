using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Millrace.Tests.Shared;

/// <summary>
/// Azure Storage on this machine: a real Azurite, which the fixture installs once (npm, pinned in eng/tools/azurite) and starts on free
/// ports. It keeps everything in memory and ends with the fixture, or with the test process, however that ends. Mark tests that use it with
/// <see cref="AzuriteFactAttribute"/> or
/// <see cref="AzuriteTheoryAttribute"/>: they are skipped, with the reason, where there is no node.
/// </summary>
public sealed partial class AzuriteFixture : IAsyncLifetime
{
    private const string Account = "devstoreaccount1";

    // The emulator's account key is public and the same everywhere.
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private Process? _process;
    private string? _connectionString;

    /// <summary>Why Azurite cannot run here; <see langword="null"/> when it can.</summary>
    public static string? UnavailableReason { get; } =
        AzuriteInstallation.Find("node") is null || AzuriteInstallation.Find("npm") is null
            ? "Azurite needs node and npm on the PATH; install Node.js 20 or later to run the tests against blob storage."
            : null;

    /// <summary>The connection string of blobs, queues and tables.</summary>
    public string ConnectionString =>
        _connectionString ?? throw new InvalidOperationException(UnavailableReason ?? "Azurite has not been started.");

    public async Task InitializeAsync()
    {
        if (UnavailableReason is not null)
        {
            return;
        }

        string installation = await AzuriteInstallation.EnsureAsync();
        _process =
            Process.Start(
                new ProcessStartInfo(
                    AzuriteInstallation.Find("node")!,
                    [
                        Path.Combine(AzuriteInstallation.SourceFolder, "start.js"),
                        installation,
                        "--silent",
                        "--skipApiVersionCheck",
                        "--disableTelemetry",
                        "--inMemoryPersistence",
                        "--blobPort",
                        "0",
                        "--queuePort",
                        "0",
                        "--tablePort",
                        "0",
                    ]
                )
                {
                    UseShellExecute = false,
                    RedirectStandardInput = true,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                }
            ) ?? throw new InvalidOperationException("Azurite did not start.");

        using CancellationTokenSource deadline = new(StartTimeout);
        string blob = await EndpointAsync("Blob", deadline.Token);
        string queue = await EndpointAsync("Queue", deadline.Token);
        string table = await EndpointAsync("Table", deadline.Token);
        _connectionString =
            $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};"
            + $"BlobEndpoint={blob}/{Account};QueueEndpoint={queue}/{Account};TableEndpoint={table}/{Account};";

        // Nobody reads on: without this a full pipe would stop Azurite.
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
        _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        if (_process is { } process)
        {
            process.Kill();
            await process.WaitForExitAsync().WaitAsync(StartTimeout);
            process.Dispose();
        }
    }

    [GeneratedRegex(@"Azurite (?<service>\w+) service is successfully listening at (?<uri>http://\S+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Listening();

    private async Task<string> EndpointAsync(string service, CancellationToken cancellationToken)
    {
        while (await _process!.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (
                Listening().Match(line) is { Success: true } match
                && string.Equals(match.Groups["service"].Value, service, StringComparison.Ordinal)
            )
            {
                return match.Groups["uri"].Value;
            }
        }

        throw new InvalidOperationException(
            $"Azurite ended before its {service} service listened: {await _process.StandardError.ReadToEndAsync(cancellationToken)}"
        );
    }
}
