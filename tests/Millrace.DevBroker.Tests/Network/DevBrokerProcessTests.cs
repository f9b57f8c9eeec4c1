using System.Text.Json;
using Millrace.DevBroker.Protocol.Messages;

namespace Millrace.DevBroker.Tests.Network;

public sealed class DevBrokerProcessTests
{
    [Fact]
    public async Task ShouldWriteOneReadyLine_AndStopWhenAsked()
    {
        using CancellationTokenSource stop = new();
        SignallingWriter output = new();
        StringWriter error = new();
        Task<int> running = DevBrokerProcess.RunAsync(["--port", "0", "--topic", "orders:3"], output, error, stop.Token);
        string line = await output.FirstLine.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System);
        using JsonDocument ready = JsonDocument.Parse(line);
        Assert.True(ready.RootElement.GetProperty("ready").GetBoolean());
        int port = int.Parse(
            ready.RootElement.GetProperty("bootstrapServers").GetString()!.Split(':')[1],
            System.Globalization.CultureInfo.InvariantCulture
        );
        using (WireClient client = new(port))
        {
            Assert.Equal(
                3,
                client
                    .Send<Metadata.Request, Metadata.Response>(new Metadata.Request { Topics = null }, 12)
                    .Topics!.Single()
                    .Partitions!.Count
            );
        }

        await stop.CancelAsync();
        Assert.Equal(0, await running);
        Assert.Contains("not for production", error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--no-such-option", "is not an option")]
    [InlineData("--port 70000", "from 0 to 65535")]
    [InlineData("--port", "needs a value")]
    [InlineData("--listen nowhere", "IP address")]
    [InlineData("--topic a:b:c", "number of partitions")]
    public async Task ShouldExplainWhatIsWrong_WithTheCommandLine(string line, string reason)
    {
        StringWriter error = new();
        Assert.Equal(2, await DevBrokerProcess.RunAsync(line.Split(' '), new StringWriter(), error));
        Assert.Contains(reason, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ShouldNotStart_WhenTheRiskIsNotNamed()
    {
        StringWriter error = new();
        Assert.Equal(1, await DevBrokerProcess.RunAsync(["--listen", "0.0.0.0"], new StringWriter(), error));
        Assert.Contains("everyone read, write and delete everything", error.ToString(), StringComparison.Ordinal);
    }

    private sealed class SignallingWriter : StringWriter
    {
        private readonly TaskCompletionSource<string> _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<string> FirstLine => _line.Task;

        public override Task WriteLineAsync(string? value)
        {
            _line.TrySetResult(value ?? "");
            return Task.CompletedTask;
        }
    }
}
