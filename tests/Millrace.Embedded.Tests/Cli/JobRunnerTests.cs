using Microsoft.Extensions.Logging;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Commands;
using Xunit;

namespace Millrace.Embedded.Tests.Cli;

public sealed class JobRunnerTests
{
    [Theory]
    [InlineData(false, false, 20)]
    [InlineData(true, true, 20)]
    [InlineData(true, false, 5)]
    public void ShouldKeepEveryWarning_WhenTheyAreWrittenLineByLine(bool isTerminal, bool isPlain, int kept)
    {
        JobRunner runner = new(new CliConsole(TextWriter.Null, TextWriter.Null, isTerminal), new HostSettings { Plain = isPlain });
        ILogger log = runner.CreateLoggers().CreateLogger("Millrace.Errors");

        for (int i = 0; i < 20; i++)
        {
            log.Log(LogLevel.Warning, default, i, null, static (operatorIndex, _) => $"operator {operatorIndex}: a record was left out");
        }

        Assert.Equal(kept, runner.Events.Drain().Count);
    }
}
