using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Millrace.Embedded.Hosting;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed partial class SavepointTests
{
    private const int Count = 120_000;

    [Fact]
    public async Task ShouldGoOnWhereItStopped_WhenStoppedWithASavepointAndRestored()
    {
        await using TestBroker broker = await TestBroker.StartAsync(("input", 0), ("output", 0));
        KafkaTopics topics = new(broker.BootstrapServers);
        await topics.CreateAsync("input", 1);
        await topics.CreateAsync("output", 1);
        topics.Fill("input", 1, KafkaTopics.Numbers(Count));
        DirectoryInfo checkpoints = Directory.CreateTempSubdirectory("millrace-savepoint-");
        try
        {
            string[] arguments =
            [
                "run",
                typeof(CountingJob).Assembly.Location,
                "--bootstrap-servers",
                broker.BootstrapServers,
                "--checkpoint-dir",
                checkpoints.FullName,
                "--set",
                "slow-ms=10",
            ];
            await using HostProcess host = HostProcess.Start([.. arguments, "--control-port", "0"]);
            await Deadline.UntilAsync(() => host.HasExited || Running().IsMatch(host.Output), "The first records", Deadline.Token());
            Assert.False(host.HasExited, host.Output);
            string control = Control().Match(host.Output).Groups["url"].Value;
            (int exitCode, string location) = await HostProcess.RunAsync("savepoint", "--control", control, "--job", "counting", "--stop");
            Assert.True(exitCode == 0, location);
            Assert.Equal(0, await host.WaitAsync());
            Assert.InRange(long.Parse(Records().Match(host.Output).Groups["n"].Value, CultureInfo.InvariantCulture), 1, Count - 1);

            string path = Path.Combine(checkpoints.FullName, location.Trim());
            (exitCode, string lost) = await HostProcess.RunAsync("state", "rename", path, "lost", "--uid", "windows=gone");
            Assert.True(exitCode == 0, lost);
            (exitCode, string output) = await HostProcess.RunAsync([.. arguments, "--restore", lost.Trim()]);
            Assert.NotEqual(0, exitCode);
            Assert.Contains("(--allow-non-restored-state)", output, StringComparison.Ordinal);

            (exitCode, output) = await HostProcess.RunAsync([.. arguments, "--restore", location.Trim()]);
            Assert.True(exitCode == 0, output);
            Assert.Equal(
                CountingJob.Expected(Count).Order(StringComparer.Ordinal),
                (await topics.ReadAsync("output")).Order(StringComparer.Ordinal)
            );

            // What it had prepared is committed, and its transactional ids have been used since.
            string[] again = [.. arguments, "--set", "ignore-lost=true", "--restore", lost.Trim()];
            (exitCode, output) = await HostProcess.RunAsync([.. again, "--allow-non-restored-state"]);
            Assert.True(exitCode == 0, output);
        }
        finally
        {
            checkpoints.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(null, "127.0.0.1", HttpStatusCode.Forbidden)]
    [InlineData("1", "example.org", HttpStatusCode.Forbidden)]
    [InlineData("1", "127.0.0.1", HttpStatusCode.OK)]
    public async Task ShouldRefuse_WhenRequestCouldComeFromAWebPage(string? header, string host, HttpStatusCode expected)
    {
        await using HostSession session = await HostSession.StartAsync(
            new Embedded.Cli.HostSettings(),
            Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance,
            Deadline.Token()
        );
        await using ControlServer server = await ControlServer.StartAsync(session, 0, Deadline.Token());
        using HttpClient client = new();
        using HttpRequestMessage request = new(HttpMethod.Get, server.Address + "/jobs");
        request.Headers.Host = host;
        if (header is not null)
        {
            request.Headers.Add(ControlServer.Header, header);
        }
        using HttpResponseMessage answer = await client.SendAsync(request, Deadline.Token());
        Assert.Equal(expected, answer.StatusCode);
    }

    [GeneratedRegex("Control at (?<url>http://[0-9.:]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Control();

    [GeneratedRegex("counting: Running,.* total [1-9]", RegexOptions.None, 1000)]
    private static partial Regex Running();

    [GeneratedRegex(
        "^counting: Stopped with savepoint [^ ,]+, (?<n>[0-9]+) records in",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline,
        1000
    )]
    private static partial Regex Records();
}
