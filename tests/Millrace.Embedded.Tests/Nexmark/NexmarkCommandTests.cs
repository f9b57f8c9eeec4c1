using Millrace.Embedded.Cli;
using Xunit;

namespace Millrace.Embedded.Tests.Nexmark;

public sealed class NexmarkCommandTests
{
    [Fact]
    public async Task ShouldPrintARowPerQuery_WhenQueriesAreNamed()
    {
        using StringWriter output = new();
        using StringWriter error = new();
        string[] arguments = ["nexmark", "--query", "q2,q6", "--events", "20000", "--runs", "1", "--parallelism", "2", "--latency-seconds", "1"];
        int exitCode = await CliApplication.RunAsync(arguments, new CliConsole(output, error, IsTerminal: false), Deadline.Token());
        Assert.True(exitCode == CliApplication.Success, error.ToString());
        string[] rows = [.. output.ToString().Split('\n').Where(line => line.StartsWith('q') && line.Contains('|', StringComparison.Ordinal)).Skip(1)];
        Assert.Equal(["q2", "q6"], rows.Select(row => row.Split('|')[0].Trim()));

        // Every column holds something: the published figure of query 2, none for query 6.
        Assert.All(rows, row => Assert.Equal(14, row.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length));
        Assert.Contains("| 175k |", rows[0], StringComparison.Ordinal);
        Assert.All(rows, row => Assert.Matches("^[0-9.]+ ms$", row.Split('|')[4].Trim()));
        Assert.EndsWith("| - | -", rows[1].TrimEnd(), StringComparison.Ordinal);
    }
}
