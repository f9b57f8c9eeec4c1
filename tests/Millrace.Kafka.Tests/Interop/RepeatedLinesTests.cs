using Millrace.Kafka.Interop;
using Millrace.Testing;
using Xunit;

namespace Millrace.Kafka.Tests.Interop;

public sealed class RepeatedLinesTests
{
    private const string Refused =
        "[thrd:h:9092/bootstrap]: h:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)";

    [Fact]
    public void ShouldSayALineOncePerInterval_WhenManyClientsTellIt()
    {
        ManualTimeProvider time = new();
        RepeatedLines lines = new(time);

        Assert.Equal(Refused, lines.Say(Refused));
        for (int second = 0; second < 29; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Null(lines.Say(Refused.Replace("after 0ms", $"after {second}ms", StringComparison.Ordinal)));
            Assert.Null(lines.Say(Refused[(Refused.IndexOf("]: ", StringComparison.Ordinal) + 3)..], isEcho: true));
        }

        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Refused + " (29 more like it since the last line)", lines.Say(Refused));
    }

    [Fact]
    public void ShouldSayEachLine_WhenTheyDiffer()
    {
        RepeatedLines lines = new(new ManualTimeProvider());

        for (int broker = 0; broker < 1_000; broker++)
        {
            Assert.NotNull(lines.Say(Refused.Replace("9092", $"{broker}", StringComparison.Ordinal)));
        }
    }
}
