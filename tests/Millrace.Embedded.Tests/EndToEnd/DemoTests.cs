using System.Globalization;
using System.Text.RegularExpressions;
using Millrace.Embedded.Hosting;
using Xunit;

namespace Millrace.Embedded.Tests.EndToEnd;

public sealed partial class DemoTests
{
    [Fact]
    public async Task ShouldRunThreeJobsAndShowResults_WhenStartedWithoutACommand()
    {
        (int exitCode, string output) = await HostProcess.RunAsync("--duration", "25s", "--events-per-second", "1000");
        Assert.True(exitCode == 0, output);
        foreach (string job in (string[])["uppercase", "log-analysis", "auction-analysis"])
        {
            Match summary = Regex.Match(
                output,
                $"^{job}: Stopped after 25s, (?<in>[0-9]+) records in .*, (?<out>[0-9]+) out .*, 0 restarts",
                RegexOptions.Multiline | RegexOptions.ExplicitCapture,
                TimeSpan.FromSeconds(1)
            );
            Assert.True(summary.Success, output);
            Assert.InRange(int.Parse(summary.Groups["in"].Value, CultureInfo.InvariantCulture), 100, int.MaxValue);
            Assert.InRange(int.Parse(summary.Groups["out"].Value, CultureInfo.InvariantCulture), 1, int.MaxValue);
        }

        Assert.Contains("auction-hot-items: windowEnd=", output, StringComparison.Ordinal);
        Assert.Contains("access-log-totals: windowStart=", output, StringComparison.Ordinal);
        Assert.Matches("my_topic_upper: [A-Z0-9]", output);
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task ShouldEndCleanly_WhenSignalled(string signal)
    {
        await using HostProcess host = HostProcess.Start("--events-per-second", "100");
        await Deadline.UntilAsync(
            () => host.Output.Contains("traffic: Running", StringComparison.Ordinal),
            "The first line of the view",
            Deadline.Token()
        );
        await host.SignalAsync(signal);
        Assert.Equal(0, await host.WaitAsync());
        Assert.Contains("traffic: Cancelled", host.Output, StringComparison.Ordinal);
        Assert.False(IsListening(host.Output));
    }

    [Fact]
    public async Task ShouldEndTheBroker_WhenHostIsKilled()
    {
        await using HostProcess host = HostProcess.Start("--events-per-second", "100");
        await Deadline.UntilAsync(
            () => host.Output.Contains("Kafka at ", StringComparison.Ordinal),
            "The start of the broker",
            Deadline.Token()
        );
        Assert.True(IsListening(host.Output));
        await host.KillAsync();
        await Deadline.UntilAsync(() => !IsListening(host.Output), "The end of the broker", Deadline.Token());
    }

    [Fact]
    public async Task ShouldSayWhatHappened_WhenPortIsTaken()
    {
        await using BrokerProcess first = await BrokerProcess.StartAsync(directory: null, cancellationToken: Deadline.Token());
        string port = first.BootstrapServers.Split(':')[1];
        (int exitCode, string output) = await HostProcess.RunAsync("broker", "--port", port);
        Assert.Equal(1, exitCode);
        Assert.Contains($"The broker cannot listen on 127.0.0.1:{port}: Address already in use.", output, StringComparison.Ordinal);
    }

    private static bool IsListening(string output)
    {
        Match address = Address().Match(output);
        Assert.True(address.Success, output);
        using System.Net.Sockets.TcpClient client = new();
        try
        {
            client.Connect("127.0.0.1", int.Parse(address.Groups["port"].Value, CultureInfo.InvariantCulture));
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }

    [GeneratedRegex("Kafka at 127.0.0.1:(?<port>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Address();
}
