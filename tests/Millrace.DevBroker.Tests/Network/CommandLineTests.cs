using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker.Tests.Network;

public sealed class CommandLineTests
{
    [Fact]
    public void ShouldHaveAnOption_ForEveryPropertyOfTheOptions()
    {
        string[] hostOnly = new[] { nameof(DevBrokerOptions.TimeProvider), nameof(DevBrokerOptions.LoggerFactory) };
        IOrderedEnumerable<string> properties = typeof(DevBrokerOptions).GetProperties().Select(p => p.Name).Except(hostOnly).Order();
        Assert.Equal(properties, BrokerOption.All.Select(o => o.Property).Order());
    }

    [Fact]
    public void ShouldSetWhatIsGiven()
    {
        DevBrokerOptions options = Hosting
            .CommandLine.Parse([
                "--node-id",
                "7",
                "--topic",
                "a:3",
                "--topic",
                "b",
                "--no-auto-create",
                "--topic-visibility-ms",
                "250",
                "--retention-ms",
                "-1",
                "--transaction-max-timeout-ms",
                "60000",
            ])
            .Options;
        Assert.Equal((7, 3, 1, false), (options.NodeId, options.Topics["a"], options.Topics["b"], options.AutoCreateTopics));
        Assert.Equal(
            (TimeSpan.FromMilliseconds(250), Timeout.InfiniteTimeSpan, TimeSpan.FromMinutes(1)),
            (options.TopicVisibilityDelay!.Value, options.Retention, options.TransactionMaxTimeout)
        );
    }

    [Theory]
    [InlineData("'--prot' is not an option.", "--prot", "1")]
    [InlineData("--port needs a value.", "--port")]
    [InlineData("--port is '70000'; it must be a number from 0 to 65535.", "--port", "70000")]
    [InlineData("--topic is 'a:b'", "--topic", "a:b")]
    public void ShouldSayWhatIsWrong(string expected, params string[] args) =>
        Assert.Contains(expected, Hosting.CommandLine.Parse(args).Error, StringComparison.Ordinal);
}
